/** The frames that were delivered last, kept in memory for subscribers that resume or fall behind. */
import type {Cursor} from '../board/cursor.ts'
import type {Frame, SelectedFrames} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import type {RingBudget} from './ring-budget.ts'

/** Selects from a run of frames, and stops behind the frame that fills `room` bytes. */
interface Selector {
  select(frames: readonly Frame[], room: number): SelectedFrames
}

/** The payload that a channel was given last, so that subscribers that resume together share it. */
interface LastPayload {
  channel: Selector
  after: number
  end: Cursor
  selected: SelectedFrames
}

export class Ring {
  readonly #limits: LiveLimits
  readonly #budget: RingBudget
  /** The position behind the last frame: everything up to it has been delivered. */
  #end: Cursor = {epoch: '', seq: 0}
  #frames: Frame[] = []
  #frameBytes = 0
  /** Whether older frames were dropped to stay within the limits. */
  #wasTrimmed = false
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

  /** Whether the ring holds every event behind the cursor, or the cursor is at the end. */
  covers({epoch, seq}: Cursor): boolean {
    return epoch === this.#end.epoch && seq >= this.start && seq <= this.#end.seq
  }

  /** Whether the ring would cover the cursor after older frames were added. */
  couldCover({epoch, seq}: Cursor): boolean {
    const isNear = seq < this.start && seq >= this.#end.seq - this.#limits.maxRingFrames
    return epoch === this.#end.epoch && isNear && !this.#wasTrimmed
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
    this.#wasTrimmed = false
    this.#lastPayload = undefined
    this.#updateBudget()
  }

  /** Adds the frames that follow the last one. */
  push(frames: readonly Frame[]): void {
    for (const frame of frames) this.#frames.push(frame)
    this.#frameBytes += sizeOf(frames)
    this.#end = {epoch: this.#end.epoch, seq: this.#end.seq + frames.length}
    this.#lastPayload = undefined
    this.#trim()
    this.#updateBudget()
  }

  /** Adds frames before the first one, as many of the newest as the limits allow. Ignores frames that the ring has. */
  prepend(frames: readonly Frame[]): void {
    const older = frames.filter(frame => frame.seq <= this.start)
    if (older.at(-1)?.seq !== this.start) return // a gap
    this.#frames = [...older, ...this.#frames]
    this.#frameBytes += sizeOf(older)
    this.#trim()
    this.#updateBudget()
    this.#budget.use(this)
  }

  /** The frame of one event, if the ring has it. */
  frameAt(seq: number): Frame | undefined {
    return this.#frames[seq - this.start - 1]
  }

  /** The frames with seq > after. The ring must cover `after`. */
  framesAfter(after: number): readonly Frame[] {
    return this.#frames.slice(after - this.start)
  }

  /**
   * What the channel selects from the frames behind `after`. Reuses the last payload when the same channel asks for the
   * same again.
   */
  payloadAfter(after: number, channel: Selector, room: number): SelectedFrames {
    this.#budget.use(this)
    const last = this.#lastPayload
    const isSame = last?.channel === channel && last.after === after && last.end === this.#end
    if (isSame && last.selected.bytes.length <= room) return shareable(last.selected)
    const selected = channel.select(this.framesAfter(after), room)
    if (selected.upTo === this.#end.seq) {
      this.#lastPayload = {channel, after, end: this.#end, selected}
      this.#updateBudget()
    }
    return selected
  }

  /** Trims below the limits, so that the array is not copied at every push. */
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
    this.#wasTrimmed = true
  }

  #updateBudget(): void {
    const payloadBytes = 2 * (this.#lastPayload?.selected.bytes.length ?? 0) // as a string and as a buffer
    this.#budget.resize(this, this.#frameBytes + this.#frames.length * frameOverheadBytes + payloadBytes)
  }
}

const trimTo = 0.75 // of the limits
const frameOverheadBytes = 250 // measured: what a frame holds beside its bytes

function sizeOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frame.bytes.length, 0)
}

const minSharedBytes = 4096 // below this, copying a string costs less than writing a separate buffer

function shareable(selected: SelectedFrames): SelectedFrames {
  if (selected.bytes.length >= minSharedBytes) selected.shared ??= Buffer.from(selected.bytes, 'latin1')
  return selected
}
