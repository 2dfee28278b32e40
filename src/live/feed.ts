/** An organization's recent log tail in memory, already encoded, and the channels that it serves. */
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, type LogPage, type LogRecord, readPage, readTail} from '../store/event-log.ts'
import type {Channel, Run} from './channel.ts'
import {type Frame, frameOf} from './frames.ts'
import type {LiveLimits} from './limits.ts'

const maxHeldRecords = 1_000 // beyond this, re-reading the log is cheaper than memory

export interface FeedOptions {
  db: Database
  organizationId: string
  limits: LiveLimits
  /** Told of a log that could not be read when nobody waits for the answer. */
  onError: (error: unknown) => void
}

/** A page of the log with its frames made, shared by all who asked for it at the same time. */
export interface FramePage extends Omit<LogPage, 'records'> {
  frames: readonly Frame[]
}

export class Feed {
  /** Rejects when the log cannot be read; the feed is of no use then. */
  readonly ready: Promise<void>
  /** By canonical selection and framing. */
  readonly channels = new Map<string, Channel>()
  epoch = ''
  /** The last seq of the ring; everything up to it has been seen. */
  head = 0
  /** The last seq that live subscribers have been given; behind `head` until the end of this turn. */
  served = 0
  /** When the log was last looked at, in milliseconds since 1970. */
  checkedAt = 0
  /** What a resuming reader was last given of the ring; one for all channels, so it is bounded. */
  lastRun: Run | undefined
  /** Open streams of all channels. */
  streams = 0
  /** When the last stream left, in milliseconds since 1970. */
  emptySince = Date.now()

  readonly #options: FeedOptions
  #ring: Frame[] = []
  #ringBytes = 0
  readonly #held = new Map<number, LogRecord>()
  #holdTimer: NodeJS.Timeout | undefined
  #flushScheduled = false
  readonly #pages = new Map<number, Promise<FramePage>>()
  #reaching: Promise<void> | undefined
  #target = 0
  #loaded = false

  /** Starts to load the tail of the log at once; records that are offered meanwhile are kept. */
  constructor(options: FeedOptions) {
    this.#options = options
    this.ready = this.#load()
  }

  get organizationId(): string {
    return this.#options.organizationId
  }

  /** Takes what a change committed; in any order, once or more often. */
  offer({cursor, records}: Appended): void {
    if (this.#loaded && cursor.epoch !== this.epoch) return // the next look at the heads finds the new epoch
    for (const record of records) this.#take(record)
    if (this.#loaded) this.#appendHeld()
  }

  /**
   * Gives to the live subscribers what has come since the last time; at the end of each turn, or earlier. Much of it
   * goes in several runs, so that who is too slow for one falls behind before the next.
   */
  flush(): void {
    this.#flushScheduled = false
    while (this.served < this.head) {
      const run = this.#nextRun()
      this.served = run.at(-1)!.seq
      const position = {epoch: this.epoch, seq: this.served}
      const slow = [...this.channels.values()].flatMap(channel => channel.deliver(run))
      // Only now: a slow reader that catches up at once must not meet the same frames in this round again.
      for (const subscriber of slow) subscriber.fallBehind(position)
    }
    this.#trim()
  }

  /** Whether a reader that stands at `cursor` finds in the ring all that follows. */
  reaches({epoch, seq}: Cursor): boolean {
    return epoch === this.epoch && seq >= this.head - this.#ring.length && seq <= this.head
  }

  /** The frames with seq > after up to the head; only for an `after` that the ring reaches. */
  framesAfter(after: number): readonly Frame[] {
    return this.#ring.slice(after - (this.head - this.#ring.length))
  }

  /**
   * The page of the log that holds the event behind `after`, with the log's state at that moment. Readers that
   * ask while it is being read share it; with `fresh` it is read anew, for a decision that must not rest on
   * an answer older than the question.
   */
  page(after: number, {fresh = false} = {}): Promise<FramePage> {
    const {pageLength} = this.#options.limits
    // Pages start at fixed places, so that readers at different cursors share a query.
    const start = Math.floor(after / pageLength) * pageLength
    const shared = fresh ? undefined : this.#pages.get(start)
    if (shared) return shared
    const page = this.#readPage(start, start + pageLength)
    if (fresh) return page
    this.#pages.set(start, page)
    const forget = () => this.#pages.delete(start)
    page.then(forget, forget)
    return page
  }

  /**
   * Reads the log on until the ring has `seq`, or as far as the log goes. Rejects when it cannot be read.
   * All who wait share one reading.
   */
  reach(seq: number): Promise<void> {
    this.#target = Math.max(this.#target, seq)
    this.#reaching ??= this.#readOn().finally(() => {
      this.#reaching = undefined
      this.#target = 0
    })
    return this.#reaching
  }

  /** Catches up with a look at the log from outside, taken just now. */
  async follow({epoch, head}: {epoch: string; head: number}): Promise<void> {
    if (!this.#loaded) return
    this.checkedAt = Date.now()
    if (epoch !== this.epoch) await this.renew()
    else if (head > this.head) await this.reach(head)
  }

  /**
   * Starts over at the tail of the log: in its new epoch, or where more was missed than the ring could keep.
   * Live subscribers are left behind and follow by the log.
   */
  async renew(): Promise<void> {
    const tail = await this.#readTail()
    if (tail.epoch === this.epoch && tail.head <= this.head) return
    this.flush()
    const {epoch, served} = this
    this.#held.clear()
    this.#startAt(tail)
    for (const channel of this.channels.values()) channel.leaveBehind({epoch, seq: served})
  }

  close(): void {
    this.#stopWaiting()
  }

  async #load(): Promise<void> {
    this.#startAt(await this.#readTail())
    this.#loaded = true
    this.#appendHeld()
  }

  async #readTail(): Promise<LogPage> {
    const {db, organizationId, limits} = this.#options
    const tail = await readTail(db, organizationId, limits.ringFrames, limits.ringBytes)
    this.checkedAt = Date.now()
    return tail
  }

  #startAt(tail: LogPage): void {
    this.epoch = tail.epoch
    this.head = this.served = tail.head
    this.#ring = tail.records.map(record => frameOf(tail.epoch, record))
    this.#ringBytes = this.#ring.reduce((sum, frame) => sum + frame.bytes.length, 0)
  }

  async #readOn(): Promise<void> {
    const {ringFrames, pageLength} = this.#options.limits
    while (this.head < this.#target) {
      // A gap that would fill the ring is left to those who want it; the ring starts over at the tail.
      if (this.#target - this.head > ringFrames) return this.renew()
      const page = await this.#readPage(this.head, this.head + pageLength)
      if (page.epoch !== this.epoch || page.oldest > this.head + 1) return this.renew()
      const before = this.head
      for (const frame of page.frames) if (frame.seq === this.head + 1) this.#append(frame)
      this.#appendHeld()
      if (this.head === before) return
    }
  }

  async #readPage(after: number, upTo: number): Promise<FramePage> {
    const {db, organizationId} = this.#options
    const {records, ...state} = await readPage(db, organizationId, after, upTo)
    this.checkedAt = Date.now()
    return {...state, frames: records.map(record => frameOf(state.epoch, record))}
  }

  /** Appends it where it is the next one, else holds it until it is. */
  #take(record: LogRecord): void {
    if (this.#loaded && record.seq <= this.head) return
    if (this.#loaded && record.seq === this.head + 1) this.#append(frameOf(this.epoch, record))
    else if (this.#held.size < maxHeldRecords) this.#held.set(record.seq, record)
  }

  #appendHeld(): void {
    for (;;) {
      const next = this.#held.get(this.head + 1)
      if (!next) break
      this.#held.delete(next.seq)
      this.#append(frameOf(this.epoch, next))
    }
    for (const seq of this.#held.keys()) if (seq <= this.head) this.#held.delete(seq)
    this.#waitForMissing()
  }

  /**
   * Another change committed first and its records are on their way; or they were lost, and the log has them. The
   * wait ends when the head moves, but not when more comes behind the gap: then it would have no end.
   */
  #waitForMissing(): void {
    if (this.#held.size === 0) return
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined
      this.reach(Math.max(...this.#held.keys())).catch(this.#options.onError)
    }, this.#options.limits.reorderHold)
  }

  #append(frame: Frame): void {
    this.#ring.push(frame)
    this.#ringBytes += frame.bytes.length
    this.head = frame.seq
    this.#stopWaiting()
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    setImmediate(() => this.flush())
  }

  #stopWaiting(): void {
    clearTimeout(this.#holdTimer)
    this.#holdTimer = undefined
  }

  /** What nobody was given yet: as many frames as may wait for one socket, or one that is longer. */
  #nextRun(): readonly Frame[] {
    const frames = this.framesAfter(this.served)
    let bytes = 0
    const end = frames.findIndex(frame => {
      bytes += frame.bytes.length
      return bytes > this.#options.limits.waitingBytes
    })
    return end === -1 ? frames : frames.slice(0, Math.max(end, 1))
  }

  /** Down to three quarters at once, so that the ring is copied seldom. */
  #trim(): void {
    const {ringFrames, ringBytes} = this.#options.limits
    if (this.#ring.length <= ringFrames && this.#ringBytes <= ringBytes) return
    let dropped = 0
    while (this.#ring.length - dropped > ringFrames * 0.75 || this.#ringBytes > ringBytes * 0.75) {
      this.#ringBytes -= this.#ring[dropped]!.bytes.length
      dropped++
    }
    this.#ring = this.#ring.slice(dropped)
  }
}
