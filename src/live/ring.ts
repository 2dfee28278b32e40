/** The frames that were delivered last, kept in memory for subscribers that resume or fall behind. */
import type {Cursor} from '../board/cursor.ts'
import type {Frame, SelectedFrames} from './frames.ts'
import type {LiveLimits} from './limits.ts'

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
  /** The position behind the last frame: everything up to it has been delivered. */
  #end: Cursor = {epoch: '', seq: 0}
  #frames: Frame[] = []
  #bytes = 0
  #lastPayload: LastPayload | undefined

  constructor(limits: LiveLimits) {
    this.#limits = limits
  }

  get end(): Cursor {
    return this.#end
  }

  /** The position before the first frame. */
  get #start(): number {
    return this.#end.seq - this.#frames.length
  }

  /** Whether the ring holds every event behind the cursor, or the cursor is at the end. */
  covers({epoch, seq}: Cursor): boolean {
    return epoch === this.#end.epoch && seq >= this.#start && seq <= this.#end.seq
  }

  /** Drops all frames and continues at `end`. */
  restart(end: Cursor): void {
    this.#end = end
    this.#frames = []
    this.#bytes = 0
    this.#lastPayload = undefined
  }

  /** Adds the frames that follow the last one. */
  push(frames: readonly Frame[]): void {
    for (const frame of frames) this.#frames.push(frame)
    this.#bytes += bytesIn(frames)
    this.#end = {epoch: this.#end.epoch, seq: this.#end.seq + frames.length}
    this.#trim()
  }

  /** The frames with seq > after. The ring must cover `after`. */
  framesAfter(after: number): readonly Frame[] {
    return this.#frames.slice(after - this.#start)
  }

  /**
   * What the channel selects from the frames behind `after`. Reuses the last payload when the same channel asks for the
   * same again.
   */
  payloadAfter(after: number, channel: Selector, room: number): SelectedFrames {
    const last = this.#lastPayload
    const isSame = last?.channel === channel && last.after === after && last.end === this.#end
    if (isSame && last.selected.bytes.length <= room) return shareable(last.selected)
    const selected = channel.select(this.framesAfter(after), room)
    const isWhole = selected.upTo === this.#end.seq
    if (isWhole) this.#lastPayload = {channel, after, end: this.#end, selected}
    return selected
  }

  /** Trims to three quarters of the limits, so that the array is not copied at every push. */
  #trim(): void {
    const {maxRingFrames, maxRingBytes} = this.#limits
    if (this.#frames.length <= maxRingFrames && this.#bytes <= maxRingBytes) return
    let dropped = 0
    while (this.#frames.length - dropped > maxRingFrames * 0.75 || this.#bytes > maxRingBytes * 0.75) {
      this.#bytes -= this.#frames[dropped]!.bytes.length
      dropped++
    }
    this.#frames = this.#frames.slice(dropped)
  }
}

function bytesIn(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + frame.bytes.length, 0)
}

const minSharedBytes = 4096 // below this, copying a string costs less than writing a separate buffer

function shareable(selected: SelectedFrames): SelectedFrames {
  if (selected.bytes.length >= minSharedBytes) selected.shared ??= Buffer.from(selected.bytes, 'latin1')
  return selected
}
