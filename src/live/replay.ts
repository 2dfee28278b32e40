/**
 * Replays events to subscribers from their cursors up to the live position. When the ring covers the cursor, the events
 * are read from the ring. Otherwise, the events are read from the log.
 */
import {type Cursor, parseCursor, resetReasonFor} from '../board/cursor.ts'
import type {ResetReason} from '../board/stream-events.ts'
import type {Channel} from './channel.ts'
import type {SelectedFrames} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import type {FramePage, LogReader} from './log-reader.ts'
import type {ReplayPages} from './replay-pages.ts'
import type {Ring} from './ring.ts'
import type {Subscriber} from './subscriber.ts'

/**
 * Where a stream starts. With `now`, the stream starts after the newest event. With `earliest`, the stream starts at
 * the oldest event in the log. With a cursor, the stream starts after the event of the cursor. With `malformed`, the
 * stream starts with a reset, because the client sent an invalid cursor.
 */
export type StartingPoint = 'now' | 'earliest' | 'malformed' | Cursor

export function startingPointOf(lastEventId: string | undefined): StartingPoint {
  if (lastEventId === undefined || lastEventId === '') return 'now'
  if (lastEventId === 'earliest') return 'earliest'
  return parseCursor(lastEventId) ?? 'malformed'
}

export interface ReplayOptions {
  ring: Ring
  reader: LogReader
  pages: ReplayPages
  limits: LiveLimits
  /** Whether the feed has ended, because its log no longer exists. */
  isEnded: () => boolean
  /** Makes the ring catch up with the head of the log, so that subscribers can go live at this head. */
  catchUp: (head: Cursor) => Promise<void>
  /**
   * Resolves when the next replay may start. Without this wait, all streams that share a read would continue in one
   * turn of the event loop.
   */
  waitForTurn: () => Promise<void>
  /** Called when a stream resumes from a cursor or from the oldest event: from the ring or from the log. */
  onReplay: (source: 'memory' | 'log') => void
  onError: (error: unknown) => void
}

/** The last selection from a page, and what the selection depends on. */
interface LastSelection {
  channel: Channel
  after: number
  room: number
  frames: SelectedFrames
}

export class Replay {
  readonly #options: ReplayOptions
  /** The last selection from each page. Subscribers that read the same page at the same time share the selection. */
  readonly #lastSelections = new WeakMap<FramePage, LastSelection>()

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** Opens the stream at its starting point and replays the events after this point. */
  start(channel: Channel, subscriber: Subscriber, start: StartingPoint): void {
    if (subscriber.state === 'closed') return
    const {ring, onReplay} = this.#options
    if (start === 'now') subscriber.open(ring.end)
    else if (start === 'malformed') subscriber.open(ring.end, 'malformed')
    else if (start !== 'earliest' && ring.covers(start)) {
      onReplay('memory')
      subscriber.open(start)
    } else {
      onReplay('log')
      void this.#serveFromLog(channel, subscriber, start)
    }
    this.advance(channel, subscriber)
  }

  /** Replays events from the ring until the subscriber is live, its socket is full, or the log has to be read. */
  advance(channel: Channel, subscriber: Subscriber): void {
    const {ring, isEnded} = this.#options
    if (isEnded()) {
      subscriber.endUnavailable('store')
      return
    }
    while (subscriber.isReplaying) {
      const {cursor} = subscriber
      if (subscriber.room <= 0) {
        subscriber.flush()
        if (subscriber.room <= 0) {
          subscriber.waitForDrain()
          return
        }
      } else if (!ring.covers(cursor)) {
        subscriber.flush()
        if (subscriber.isReplaying) void this.#serveFromLog(channel, subscriber, cursor)
        return
      } else if (cursor.seq === ring.end.seq) {
        channel.goLive(subscriber)
      } else {
        subscriber.replay(ring.payloadAfter(cursor.seq, channel, subscriber.room))
      }
    }
    subscriber.flush()
  }

  async #serveFromLog(channel: Channel, subscriber: Subscriber, start: Cursor | 'earliest'): Promise<void> {
    try {
      const cursor = start === 'earliest' ? await this.#findOldest() : start
      const isLoaded = await this.#loadRing(cursor)
      if (isLoaded) await this.#options.waitForTurn()
      else await this.#servePage(channel, subscriber, cursor)
      if (subscriber.state === 'opening') subscriber.open(cursor)
      this.advance(channel, subscriber)
    } catch (error) {
      if (subscriber.state === 'closed') return
      this.#options.onError(error)
      subscriber.endUnavailable('store')
    }
  }

  /**
   * If all events after the cursor fit into the ring, loads older events into the ring. Returns whether the ring now
   * covers the cursor.
   */
  async #loadRing(cursor: Cursor): Promise<boolean> {
    const {ring, reader, limits} = this.#options
    if (ring.couldCover(cursor)) {
      const limit = ring.end.seq - cursor.seq
      const tail = await reader.sharedTail(powerOfTwoFrom(limit), limits.maxRingBytes)
      if (tail.epoch === ring.end.epoch) ring.prepend(tail.frames, tail.isCut)
    }
    return ring.covers(cursor)
  }

  async #servePage(channel: Channel, subscriber: Subscriber, cursor: Cursor): Promise<void> {
    const {pages, reader} = this.#options
    const {filter} = channel
    const use = async (page: FramePage) => {
      const reason = resetReasonFor(cursor, page)
      if (reason === 'ahead' && !filter) return 'ahead'
      this.#replayPage(channel, subscriber, cursor, page, reason)
      return 'used'
    }
    const outcome = await (filter
      ? pages.filtered(filter, cursor.seq, subscriber.room, use)
      : pages.shared(cursor.seq, use))
    if (outcome === 'used') return
    // A shared page may have been read before the event of the cursor was committed. In this case,
    // the cursor seems to be ahead of the log, but is not. The log is therefore read again.
    const newer = await reader.readAfter(cursor.seq)
    await this.#options.catchUp({epoch: newer.epoch, seq: newer.head})
    this.#replayPage(channel, subscriber, cursor, newer, resetReasonFor(cursor, newer))
  }

  #replayPage(
    channel: Channel,
    subscriber: Subscriber,
    cursor: Cursor,
    page: FramePage,
    reason: ResetReason | undefined,
  ): void {
    const head = {epoch: page.epoch, seq: page.head}
    if (subscriber.state === 'closed') return
    if (subscriber.state === 'opening') subscriber.open(reason ? head : cursor, reason)
    else if (reason) subscriber.reset(reason, head)
    if (!reason) subscriber.replay(this.#select(page, channel, subscriber))
  }

  #select(page: FramePage, channel: Channel, {cursor: {seq: after}, room}: Subscriber): SelectedFrames {
    const last = this.#lastSelections.get(page)
    if (last?.channel === channel && last.after === after && last.room === room) return last.frames
    const frames = selectFrom(page, channel, after, room)
    this.#lastSelections.set(page, {channel, after, room, frames})
    return frames
  }

  #findOldest(): Promise<Cursor> {
    return this.#options.pages.shared(0, async ({epoch, oldest}) => ({epoch, seq: oldest - 1}))
  }
}

function selectFrom(
  {frames, upTo}: FramePage,
  channel: Channel,
  after: number,
  room: number,
): SelectedFrames {
  const later = frames.filter(({seq}) => seq > after)
  const selected = channel.select(later, room)
  const isWhole = selected.upTo === (later.at(-1)?.seq ?? 0)
  return isWhole ? {...selected, upTo} : selected
}

/**
 * Rounds the count up to a power of two. Therefore, the events that are loaded for one subscriber are usually enough
 * for other subscribers that need a similar number of events.
 */
function powerOfTwoFrom(count: number): number {
  return 2 ** Math.ceil(Math.log2(count))
}
