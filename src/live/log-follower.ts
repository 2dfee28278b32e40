/** Puts the published records of one log in order, and reads missing records from the log. */
import type {Cursor} from '../board/cursor.ts'
import type {Appended, LogRecord} from '../store/event-log.ts'
import type {Frame, FrameEncoder} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import type {FramePage, LogReader} from './log-reader.ts'

// The maximum number of records that wait in memory for their predecessors. Reading more records from the log costs
// less than keeping more records in memory.
const maxHeldRecords = 1_000

export interface LogFollowerOptions {
  reader: LogReader
  encoder: FrameEncoder
  limits: LiveLimits
  /** Called with each event of the log, in seq order. */
  onFrame: (frame: Frame) => void
  /** Called when the follower leaves its old position and continues at `position`. */
  onRestart: (position: Cursor) => void
  /** Returns whether the feed has an event in memory that equals this record. */
  isKnown: (record: LogRecord) => boolean
  /** Called when the log no longer contains events that were passed on, for example after a restore. */
  onWentBack: (position: Cursor) => void
  /** Called when events were missing and the follower has read this number of events from the log. */
  onGapFilled?: (events: number) => void
  /** Called when a read fails and no caller waits for the read. */
  onError: (error: unknown) => void
}

export class LogFollower {
  readonly #options: LogFollowerOptions
  /** The position of the last event that was passed on. Undefined until `start`. */
  #position: Cursor | undefined
  /** The event at `#position`. The follower compares this event with the log. Undefined until an event is passed on. */
  #last: Frame | undefined
  /** Records that arrived before their predecessors. The key is the seq. */
  readonly #held = new Map<number, LogRecord>()
  #holdTimer: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined
  /** `#reading` reads all events up to this seq. */
  #target = 0
  #verifying: Promise<void> | undefined
  #confirming: Promise<void> | undefined

  constructor(options: LogFollowerOptions) {
    this.#options = options
  }

  /** The position of the last event that was passed on, or undefined until `start`. */
  get position(): Cursor | undefined {
    return this.#position
  }

  /** Whether the follower knows of events that it has not passed on yet. */
  get hasMore(): boolean {
    return this.#held.size > 0 || this.#target > this.#head
  }

  /** Starts after `position`. Passes on records that were offered before the start and that follow `position`. */
  start(position: Cursor): void {
    this.#position = position
    this.#passOnHeld()
  }

  /** Accepts the records of a change. Records may arrive late, more than once, or in any order. */
  offer({cursor, records}: Appended): void {
    const position = this.#position
    // A change in another epoch is ignored, because the next poll of the heads finds the new epoch.
    if (position && cursor.epoch !== position.epoch) return
    for (const record of records) this.#take(record)
    if (position) this.#passOnHeld()
  }

  /** Catches up with `head`, the current head of the log. Rejects when the log cannot be read. */
  async follow(head: Cursor): Promise<void> {
    if (!this.#position) return
    if (head.epoch !== this.#position.epoch) await this.#confirmEpoch()
    else if (head.seq > this.#position.seq) await this.#readUpTo(head.seq)
  }

  close(): void {
    this.#stopHoldTimer()
  }

  /** Reads from the log until the event with this seq has been passed on. All callers share the same reads. */
  #readUpTo(seq: number): Promise<void> {
    this.#target = Math.max(this.#target, seq)
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined
      this.#target = 0
    })
    return this.#reading
  }

  /**
   * Called when a head has a different epoch than the follower. Reads the log again, because this head may be older
   * than the epoch of the follower. If the log also has a different epoch than the follower, the follower restarts. All
   * callers share one read.
   */
  #confirmEpoch(): Promise<void> {
    this.#confirming ??= this.#restartInNewEpoch().finally(() => {
      this.#confirming = undefined
    })
    return this.#confirming
  }

  async #restartInNewEpoch(): Promise<void> {
    const known = this.#epoch
    const {epoch, head} = await this.#options.reader.readAfter(this.#head)
    const isCurrent = this.#epoch === known // false when the follower restarted during the read
    if (isCurrent && epoch !== known) this.#restart({epoch, seq: head})
  }

  async #readOn(): Promise<void> {
    const {reader, limits} = this.#options
    while (this.#head < this.#target) {
      // The follower skips a gap that is larger than the ring. Subscribers read the events of this gap from the log.
      if (this.#target - this.#head > limits.maxRingFrames) {
        this.#restart({epoch: this.#epoch, seq: this.#target})
        return
      }
      const epoch = this.#epoch
      const before = this.#head
      const last = this.#last
      const page = await reader.readAfter(last ? before - 1 : before)
      if (this.#epoch !== epoch) continue // the follower restarted during the read, so the page may be outdated
      if (page.epoch !== this.#epoch || page.oldest > this.#head + 1) {
        this.#restart({epoch: page.epoch, seq: page.head})
        return
      }
      if (last && this.#contradicts(page, last)) {
        this.#options.onWentBack(this.#position!)
        return
      }
      this.#takePage(page)
      if (this.#head === before) return
    }
  }

  /**
   * Returns whether the log has a different event, or no event, at the seq of `last`. The page must have been read
   * when `last` had already been passed on. An earlier page may lack `last`, although the log now contains `last`.
   */
  #contradicts({epoch, head, frames}: FramePage, last: Frame): boolean {
    if (epoch !== this.#epoch) return false
    const inLog = frames.find(({seq}) => seq === last.seq)
    return head < last.seq || (inLog !== undefined && inLog.bytes !== last.bytes)
  }

  /**
   * Compares the event `#last` with the log. If the log does not contain this event, calls `onWentBack`. All callers
   * share one read.
   */
  #verify(): void {
    if (!this.#last) return
    this.#verifying ??= this.#compareLast(this.#last)
      .catch(this.#options.onError)
      .finally(() => {
        this.#verifying = undefined
      })
  }

  async #compareLast(last: Frame): Promise<void> {
    const page = await this.#options.reader.readAfter(last.seq - 1)
    if (this.#contradicts(page, last)) this.#options.onWentBack(this.#position!)
  }

  #takePage({frames}: FramePage): void {
    const before = this.#head
    for (const frame of frames) if (frame.seq === this.#head + 1) this.#passOn(frame)
    if (this.#head > before) this.#options.onGapFilled?.(this.#head - before)
    this.#passOnHeld()
  }

  /** Passes the record on if it is the next record. Otherwise stores the record until its predecessors have arrived. */
  #take(record: LogRecord): void {
    const position = this.#position
    const isOld = position !== undefined && record.seq <= position.seq
    if (isOld) {
      // If a record with an old seq is unknown, the log may have lost events and used their seqs again.
      if (!this.#options.isKnown(record)) this.#verify()
    } else if (position && record.seq === position.seq + 1)
      this.#passOn(this.#options.encoder.frameOf(position.epoch, record))
    else if (this.#held.size < maxHeldRecords) this.#held.set(record.seq, record)
  }

  #passOnHeld(): void {
    if (this.#held.size === 0) return
    for (;;) {
      const next = this.#held.get(this.#head + 1)
      if (!next) break
      this.#passOn(this.#options.encoder.frameOf(this.#epoch, next))
      this.#held.delete(next.seq)
    }
    for (const seq of this.#held.keys()) if (seq <= this.#head) this.#held.delete(seq)
    this.#startHoldTimer()
  }

  /**
   * Waits briefly, because another change may be about to publish the missing records. Then reads the missing records
   * from the log. The wait ends early when an event is passed on. The arrival of records with higher seqs does not
   * extend the wait, so that the wait always ends.
   */
  #startHoldTimer(): void {
    if (this.#held.size === 0) return
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined
      this.#readUpTo(Math.max(...this.#held.keys())).catch(this.#options.onError)
    }, this.#options.limits.reorderHoldMs)
  }

  #stopHoldTimer(): void {
    clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
  }

  #passOn(frame: Frame): void {
    this.#position = {epoch: this.#epoch, seq: frame.seq}
    this.#last = frame
    this.#stopHoldTimer()
    this.#options.onFrame(frame)
  }

  #restart(position: Cursor): void {
    this.#position = position
    this.#last = undefined
    this.#options.onRestart(position)
    this.#passOnHeld()
  }

  get #head(): number {
    return this.#position!.seq
  }

  get #epoch(): string {
    return this.#position!.epoch
  }
}
