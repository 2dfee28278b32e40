/**
 * Sends `stream.checkpoint` with the digest of a board, so that clients can compare their boards with the server's
 * board. Streams of exactly one sprint receive checkpoints. A board that does not change causes no timer and no read.
 *
 * The board is read from the database while events continue to arrive. `Checkpoints` therefore applies the events that
 * were delivered after the read, and sends the digest of the result at the live position. A checkpoint is never older
 * than an event that was delivered before, even when the board changes all the time.
 */
import {setImmediate as nextTurn} from 'node:timers/promises'
import {applyEvent} from '../board/apply-event.ts'
import type {Board} from '../board/board.ts'
import type {BoardContent, BoardTexts} from '../board/canonical-board.ts'
import type {Cursor} from '../board/cursor.ts'
import type {BoardEvent} from '../board/events.ts'
import {concernsWholeProject} from '../board/selection.ts'
import {digestInTurns, digestOf, encodeInTurns} from '../store/board-digest.ts'
import type {Snapshot} from '../store/snapshots.ts'
import type {Channel} from './channel.ts'
import {entryOf, type Frame, type Framing} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import {Multimap} from './multimap.ts'
import type {Ring} from './ring.ts'
import {boardOf} from './selection.ts'

export interface CheckpointsOptions {
  limits: Pick<LiveLimits, 'checkpointIdleMs' | 'checkpointIntervalMs'>
  ring: Pick<Ring, 'end' | 'covers' | 'framesAfter'>
  /** Returns the content of the sprint's board, or undefined when the sprint does not exist. */
  read: (sprintId: string) => Promise<Snapshot<BoardContent> | undefined>
  /** Sends a checkpoint at the end of the ring to all live streams of the channel. */
  send: (channel: Channel, digest: string) => void
  /** Returns the time of a clock that never goes back, in milliseconds. */
  now: () => number
  onError: (error: unknown) => void
}

/** A sprint with changes that no checkpoint covers yet. */
interface ChangedSprint {
  lastChangeAt: number
  /** The time of the next checkpoint if the changes continue until then. */
  latestAt: number
  timer: NodeJS.Timeout
}

/** A board that was read for a checkpoint. */
interface ReadBoard extends Snapshot<BoardContent> {
  texts: BoardTexts
}

// The digest of a board with this number of stories and tasks takes a few milliseconds. The digest of a larger board is
// computed over several turns of the event loop.
const maxAtOnce = 1_000

// Applying an event to a board of 1,000 tasks takes up to 100 µs. The time is proportional to the number of tasks.
const tasksAppliedPerTurn = 100_000

// When a large board changes during each of this number of attempts, its digest is computed in one turn.
const maxAttempts = 3

const hasBlocks: readonly Framing[] = ['event', 'message']

// The intervals between checkpoints are longer by a random share, so that boards that began to change at the same time
// are not read at the same time again and again.
export const maxJitter = 0.2

export class Checkpoints {
  readonly #options: CheckpointsOptions
  readonly #channels = new Multimap<Channel>()
  readonly #changed = new Map<string, ChangedSprint>()
  /** The time of the last read of each board that has channels. */
  readonly #readAt = new Map<string, number>()
  /** Boards that include events that have not been delivered yet. The key is the id of the sprint. */
  readonly #early = new Map<string, ReadBoard>()
  #isClosed = false

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  add(channel: Channel): void {
    const sprintId = boardOf(channel.selection)
    if (sprintId && hasBlocks.includes(channel.framing)) this.#channels.add(sprintId, channel)
  }

  delete(channel: Channel): void {
    const sprintId = boardOf(channel.selection)
    if (!sprintId) return
    this.#channels.delete(sprintId, channel)
    if (this.#channels.has(sprintId)) return
    this.#readAt.delete(sprintId)
    clearTimeout(this.#changed.get(sprintId)?.timer)
    this.#changed.delete(sprintId)
  }

  /** Must be called when these frames are in the ring and have been delivered. */
  onDelivered(frames: readonly Frame[]): void {
    for (const {sprint_id, left_sprint_id} of frames) {
      if (sprint_id) this.#onChange(sprint_id)
      if (left_sprint_id) this.#onChange(left_sprint_id)
    }
    // The entries are copied, because `#send` may add a board to `#early` again.
    for (const [sprintId, board] of this.#early.size > 0 ? [...this.#early] : []) {
      this.#early.delete(sprintId)
      this.#send(sprintId, board).catch(this.#options.onError) // the feed must continue to deliver events
    }
  }

  close(): void {
    this.#isClosed = true
    for (const {timer} of this.#changed.values()) clearTimeout(timer)
    this.#changed.clear()
    this.#early.clear()
  }

  #onChange(sprintId: string): void {
    const {limits, now} = this.#options
    const changed = this.#changed.get(sprintId)
    if (changed) {
      changed.lastChangeAt = now()
    } else if (this.#channels.has(sprintId)) {
      const lastChangeAt = now()
      const latestAt = lastChangeAt + limits.checkpointIntervalMs * (1 + Math.random() * maxJitter)
      const timer = this.#startTimer(sprintId, limits.checkpointIdleMs)
      this.#changed.set(sprintId, {lastChangeAt, latestAt, timer})
    }
  }

  #startTimer(sprintId: string, delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#onTimer(sprintId), delayMs).unref()
  }

  #onTimer(sprintId: string): void {
    const {limits, now, onError} = this.#options
    const changed = this.#changed.get(sprintId)!
    // A board that changes every few seconds is idle after each change. This board must not be read after each change.
    const readAt = this.#readAt.get(sprintId) ?? Number.NEGATIVE_INFINITY
    const idleAt = Math.max(
      changed.lastChangeAt + limits.checkpointIdleMs,
      readAt + limits.checkpointIntervalMs,
    )
    const leftMs = Math.min(idleAt, changed.latestAt) - now()
    if (leftMs > 0) {
      changed.timer = this.#startTimer(sprintId, leftMs)
      return
    }
    this.#changed.delete(sprintId)
    this.#checkpoint(sprintId).catch(error => {
      onError(error)
      this.#tryAgain(sprintId)
    })
  }

  async #checkpoint(sprintId: string): Promise<void> {
    if (this.#liveChannelsOf(sprintId).length === 0) return this.#tryAgain(sprintId)
    this.#readAt.set(sprintId, this.#options.now())
    const snapshot = await this.#options.read(sprintId)
    if (!snapshot) return
    const texts = await encodeInTurns(snapshot.result)
    await this.#send(sprintId, {...snapshot, texts})
  }

  /**
   * Sends the digest of the board at the end of the ring. A small board is sent in the current turn of the event loop.
   * The digest of a large board takes several turns, and is computed again when the board changes in the meantime.
   */
  async #send(sprintId: string, read: ReadBoard): Promise<void> {
    const {ring, send} = this.#options
    const isLarge = read.texts.size > maxAtOnce
    const eventsPerTurn = Math.ceil(tasksAppliedPerTurn / (read.texts.size + 1))
    let board = read
    let digest: string | undefined
    for (let attempts = 1; ; ) {
      if (this.#isClosed) return
      const {cursor} = board
      if (cursor.epoch === ring.end.epoch && cursor.seq > ring.end.seq) {
        this.#early.set(sprintId, board)
        return
      }
      const channels = this.#liveChannelsOf(sprintId)
      if (!ring.covers(cursor) || channels.length === 0) {
        this.#tryAgain(sprintId)
        return
      }
      const frames = ring.framesAfter(cursor.seq).filter(frame => concerns(sprintId, frame))
      if (frames.length === 0 && digest) {
        for (const channel of channels) send(channel, digest)
        return
      }
      if (frames.some(({type}) => type === 'board.imported')) {
        this.#tryAgain(sprintId) // this event does not contain the imported tasks
        return
      }
      const applied = frames.slice(0, eventsPerTurn)
      const isCurrent = applied.length === frames.length
      board = applyFrames(board, applied, isCurrent ? ring.end : undefined)
      if (!isCurrent) await nextTurn()
      else if (isLarge && attempts++ <= maxAttempts) digest = await digestInTurns(board.result, board.texts)
      else digest = digestOf(board.result, board.texts)
    }
  }

  /**
   * Plans another checkpoint, because this one could not be sent: the read failed, all streams are behind, an import came
   * after the read, or the ring no longer has the events after the read.
   */
  #tryAgain(sprintId: string): void {
    if (!this.#isClosed) this.#onChange(sprintId)
  }

  #liveChannelsOf(sprintId: string): readonly Channel[] {
    const channels = new Set<Channel>()
    this.#channels.collect(sprintId, channels)
    return [...channels].filter(({hasLiveSubscribers}) => hasLiveSubscribers)
  }
}

/** Applies the frames. The cursor of the result is `end`. Default: the position of the last frame. */
function applyFrames(board: ReadBoard, frames: readonly Frame[], end?: Cursor): ReadBoard {
  const result = frames.reduce<Board>((current, frame) => applyEvent(current, entryOf(frame) as BoardEvent), {
    ...board.result,
    labels: [],
    members: [],
  })
  const cursor = end ?? {epoch: board.cursor.epoch, seq: frames.at(-1)!.seq}
  return {...board, result, cursor}
}

function concerns(sprintId: string, {type, sprint_id, left_sprint_id}: Frame): boolean {
  return concernsWholeProject(type) || sprint_id === sprintId || left_sprint_id === sprintId
}
