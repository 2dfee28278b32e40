/** Keeps the latest delivered frames in memory for subscribers that resume or fall behind. */
import type {Cursor} from '../board/cursor.ts'
import type {Frame, SelectedFrames} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import type {RingBudget} from './ring-budget.ts'

/** Selects the frames that a channel wants. Stops when the selected frames have at least `room` bytes. */
interface Selector {
  select(frames: readonly Frame[], room: number): SelectedFrames
}

/** The latest payload. Subscribers of the same channel share this payload when they resume at the same time. */
interface LastPayload {
  channel: Selector
  after: number
  end: Cursor
  selected: SelectedFrames
}

export class Ring {
  readonly #limits: LiveLimits
  readonly #budget: RingBudget
  /** The position of the last frame. Every event up to this position has been delivered. */
  #end: Cursor = {epoch: '', seq: 0}
  #frames: Frame[] = []
  #frameBytes = 0
  /** Whether the ring has no room for older frames. */
  #isFull = false
  #lastPayload: LastPayload | undefined

  constructor(limits: LiveLimits, budget: RingBudget) {
    this.#limits = limits
    this.#budget = budget
  }

  get end(): Cursor {
    return this.#end
  }

  /** The position before the first frame. */
  get start(): number {
    return this.#end.seq - this.#frames.length
  }

  /** Returns whether the ring has every event after the cursor. Returns true for a cursor at the end of the ring. */
  covers({epoch, seq}: Cursor): boolean {
    return epoch === this.#end.epoch && seq >= this.start && seq <= this.#end.seq
  }

  /** Returns whether the ring might have every event after the cursor if older frames were added to the ring. */
  couldCover({epoch, seq}: Cursor): boolean {
    const isNear = seq < this.start && seq >= this.#end.seq - this.#limits.maxRingFrames
    return epoch === this.#end.epoch && isNear && !this.#isFull
  }

  /** Drops all frames and continues at `end`. */
  restart(end: Cursor): void {
    this.#end = end
    this.evict()
  }

  /** Drops all frames. */
  evict(): void {
    this.#frames = []
    this.#frameBytes = 0
    this.#isFull = false
    this.#lastPayload = undefined
    this.#updateBudget()
  }

  /** Adds the frames that follow the last frame of the ring. */
  push(frames: readonly Frame[]): void {
    for (const frame of frames) this.#frames.push(frame)
    this.#frameBytes += sizeOf(frames)
    this.#end = {epoch: this.#end.epoch, seq: this.#end.seq + frames.length}
    this.#lastPayload = undefined
    this.#trim()
    this.#updateBudget()
  }

  /**
   * Adds older frames. Ignores frames that the ring already has. Drops the oldest frames when a limit is exceeded. If
   * `isFull` is true, the ring has no room for the frames that precede `frames`.
   */
  prepend(frames: readonly Frame[], isFull: boolean): void {
    const last = frames.at(-1)?.seq ?? this.#end.seq
    if (last < this.start) return // events between these frames and the ring are missing
    this.#isFull ||= isFull
    const older = frames.filter(frame => frame.seq <= this.start)
    this.#frames = [...older, ...this.#frames]
    this.#frameBytes += sizeOf(older)
    this.#trim()
    this.#updateBudget()
    this.#budget.use(this)
  }

  /** Returns the frame with this seq, or undefined when the ring does not have this frame. */
  frameAt(seq: number): Frame | undefined {
    return this.#frames[seq - this.start - 1]
  }

  /** Returns the frames with seq > after. Call this method only when the ring contains all of these frames. */
  framesAfter(after: number): readonly Frame[] {
    return this.#frames.slice(after - this.start)
  }

  /**
   * Returns the frames that the channel selects from the frames with seq > after. Reuses the last payload if that
   * payload belongs to the same channel and contains the same frames.
   */
  payloadAfter(after: number, channel: Selector, room: number): SelectedFrames {
    this.#budget.use(this)
    const last = this.#lastPayload
    const isSame = last?.channel === channel && last.after === after && last.end === this.#end
    if (isSame && last.selected.bytes.length <= room) return last.selected
    const selected = channel.select(this.framesAfter(after), room)
    if (selected.upTo === this.#end.seq) {
      this.#lastPayload = {channel, after, end: this.#end, selected}
      this.#updateBudget()
    }
    return selected
  }

  /**
   * Drops old frames when a limit is exceeded. Drops more frames than necessary, so that the array is copied less
   * often.
   */
  #trim(): void {
    const {maxRingFrames, maxRingBytes} = this.#limits
    if (this.#frames.length <= maxRingFrames && this.#frameBytes <= maxRingBytes) return
    let dropped = 0
    while (
      this.#frames.length - dropped > maxRingFrames * trimTo ||
      this.#frameBytes > maxRingBytes * trimTo
    ) {
      this.#frameBytes -= this.#frames[dropped]!.bytes.length
      dropped++
    }
    this.#frames = this.#frames.slice(dropped)
    this.#isFull = true
  }

  #updateBudget(): void {
    // The payload may be in memory twice: as a string and as a buffer.
    const payloadBytes = 2 * (this.#lastPayload?.selected.bytes.length ?? 0)
    this.#budget.resize(this, this.#frameBytes + this.#frames.length * frameOverheadBytes + payloadBytes)
  }
}

const trimTo = 0.75 // the share of a limit that the frames may occupy after a trim
const frameOverheadBytes = 250 // measured: the memory that a frame needs in addition to its bytes

function sizeOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frame.bytes.length, 0)
}
