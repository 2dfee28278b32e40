/** One open stream: a cursor moving along the log, `replaying → live ⇄ behind`. */
import {Session} from 'better-sse'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {Channel} from './channel.ts'
import type {StreamConnection} from './connection.ts'
import type {Feed, FramePage} from './feed.ts'
import {
  type ControlEvent,
  controlBytes,
  type Frame,
  type FrameBatch,
  type ResetReason,
  retryBytes,
  type UnavailableReason,
} from './frames.ts'
import type {LiveLimits} from './limits.ts'

/** Where a stream begins: live from now, at the oldest event kept, behind a cursor, or at something unreadable. */
export type StartingPoint = 'now' | 'earliest' | 'malformed' | Cursor

export interface SubscriberOptions {
  feed: Feed
  channel: Channel
  connection: StreamConnection
  heartbeatSeconds: number
  limits: LiveLimits
  startingPoint: StartingPoint
  /** Told once, when the stream is over. */
  onClosed: (subscriber: Subscriber) => void
  /** Told of a log that could not be read; the stream ends with `stream.unavailable` by itself. */
  onError: (error: unknown) => void
}

export class Subscriber {
  state: 'opening' | 'replaying' | 'live' | 'behind' | 'closed' = 'opening'
  /** How often it became too slow to be given live bytes. */
  timesBehind = 0
  get wasCut(): boolean {
    return this.#connection.wasCut
  }

  readonly #feed: Feed
  readonly #channel: Channel
  readonly #connection: StreamConnection
  readonly #session: Session
  readonly #options: SubscriberOptions
  /** Up to where it was served; while live the feed's `served` stands for it. */
  #position: Cursor = {epoch: '', seq: 0}
  #replayed = 0
  #isReady = false
  #mayBeCut = false

  /** `ready` is the feed's: the stream opens once the tail of the log is there. */
  constructor(options: SubscriberOptions, ready: Promise<void>) {
    this.#options = options
    this.#feed = options.feed
    this.#channel = options.channel
    this.#connection = options.connection
    // The heartbeats are ours, with a cursor each; `retry` is random per connection and sent with stream.open.
    this.#session = new Session(this.#connection, {retry: null, keepAlive: null, trustClientEventId: false})
    this.#session.once('disconnected', () => this.#close())
    this.#session.once('connected', () => {
      ready.then(() => this.#start()).catch(error => this.#giveUp(error))
    })
  }

  /** Writes the channel's bytes; false, with nothing written, when too many wait already. */
  deliver(batch: FrameBatch, length: number): boolean {
    const {waiting} = this.#connection
    if (waiting > 0 && waiting + length > this.#options.limits.waitingBytes) return false
    void this.#session.batch(batch)
    return true
  }

  /** Stops being live at `position` and goes on from there by the log. */
  fallBehind(position: Cursor): void {
    this.#channel.leave(this)
    this.state = 'behind'
    this.timesBehind++
    this.#position = position
    this.#pump()
  }

  /** Says that the stream lives and where it stands, so that a filtered one keeps a cursor that can be served. */
  heartbeat(): void {
    if (this.state === 'opening' || this.state === 'closed') return
    // Behind bytes that do not leave, a heartbeat would only look like progress.
    const isStuck = this.#connection.waiting > 0
    this.#allowCut(isStuck)
    if (isStuck) return
    const checked_at = new Date(this.#feed.checkedAt).toISOString()
    this.#say({type: 'stream.heartbeat', checked_at}, this.#cursor())
  }

  /** Ends the stream because this process stops. */
  drain(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') {
      this.#endUnavailable('draining')
    } else {
      this.#say({type: 'stream.drain'}, this.#cursor())
      this.#end()
    }
  }

  async #start(): Promise<void> {
    if (this.state === 'closed') return
    const {startingPoint} = this.#options
    this.#feed.flush()
    const head = {epoch: this.#feed.epoch, seq: this.#feed.served}
    if (startingPoint === 'now') this.#open(head)
    else if (startingPoint === 'malformed') this.#open(head, 'malformed')
    else if (startingPoint === 'earliest') await this.#openAtOldest()
    else if (this.#feed.reaches(startingPoint)) this.#open(startingPoint)
    else await this.#openByLog(startingPoint)
    this.#pump()
  }

  async #openAtOldest(): Promise<void> {
    const {epoch, oldest} = await this.#feed.page(0)
    this.#open({epoch, seq: oldest - 1})
  }

  /** Only the log knows whether a cursor that the ring does not reach can be served. */
  async #openByLog(cursor: Cursor): Promise<void> {
    const {page, reason} = await this.#judge(cursor)
    if (reason) this.#open({epoch: page.epoch, seq: page.head}, reason)
    else this.#open(cursor)
  }

  #open(start: Cursor, reason?: ResetReason): void {
    if (this.state === 'closed') return
    this.state = 'replaying'
    this.#position = start
    const cursor = formatCursor(start)
    this.#write(retryBytes(between(500, 1_500)))
    this.#say({type: 'stream.open', cursor, heartbeat_seconds: this.#options.heartbeatSeconds}, cursor)
    if (reason) this.#say({type: 'stream.reset', reason, cursor}, cursor)
  }

  /** Goes on from the position: by the ring where it reaches, else by the log; until live or until the socket is full. */
  #pump(): void {
    while (this.state === 'replaying' || this.state === 'behind') {
      const room = this.#options.limits.waitingBytes - this.#connection.waiting
      this.#feed.flush()
      if (room <= 0) this.#waitForSocket()
      else if (!this.#feed.reaches(this.#position)) void this.#readLog()
      else if (this.#position.seq === this.#feed.served) this.#goLive()
      else {
        this.#advance(this.#feed.framesAfter(this.#position.seq), room)
        continue
      }
      return
    }
  }

  #waitForSocket(): void {
    this.#allowCut(true)
    this.#connection.onceDrained(() => {
      this.#allowCut(false)
      this.#pump()
    })
  }

  async #readLog(): Promise<void> {
    try {
      const {page, reason} = await this.#judge(this.#position)
      if (this.state === 'closed') return
      if (reason) this.#reset(reason, page)
      else await this.#followPage(page)
      this.#pump()
    } catch (error) {
      this.#giveUp(error)
    }
  }

  async #followPage({epoch, head, frames}: FramePage): Promise<void> {
    const later = frames.filter(frame => frame.seq > this.#position.seq)
    if (later.length > 0) this.#advance(later, this.#options.limits.waitingBytes - this.#connection.waiting)
    // Where the feed is behind the log (another process wrote), it follows, and this stream can join it.
    await this.#feed.follow({epoch, head})
  }

  /** The page behind `cursor`, and why the cursor cannot be served, if so. */
  async #judge(cursor: Cursor): Promise<{page: FramePage; reason?: ResetReason}> {
    const shared = await this.#feed.page(cursor.seq)
    const isBehindCursor = shared.epoch === cursor.epoch && cursor.seq > shared.head
    // Another reader's page may be older than the change that this cursor came from.
    const page = isBehindCursor ? await this.#feed.page(cursor.seq, {fresh: true}) : shared
    const reason = faultOf(cursor, page)
    return reason ? {page, reason} : {page}
  }

  #advance(frames: readonly Frame[], room: number): void {
    const {bytes, count, upTo} = this.#channel.select(frames, room)
    this.#write(bytes)
    this.#position = {...this.#position, seq: upTo}
    this.#replayed += count
  }

  #reset(reason: ResetReason, {epoch, head}: FramePage): void {
    this.#position = {epoch, seq: head}
    const cursor = formatCursor(this.#position)
    this.#say({type: 'stream.reset', reason, cursor}, cursor)
  }

  #goLive(): void {
    this.state = 'live'
    this.#channel.join(this)
    if (this.#isReady) return
    this.#isReady = true
    const cursor = this.#cursor()
    this.#say({type: 'stream.ready', cursor, replayed: this.#replayed}, cursor)
  }

  #cursor(): string {
    const {epoch, served} = this.#feed
    return formatCursor(this.state === 'live' ? {epoch, seq: served} : this.#position)
  }

  #giveUp(error: unknown): void {
    if (this.state === 'closed') return
    this.#options.onError(error)
    this.#endUnavailable('store')
  }

  #endUnavailable(reason: UnavailableReason): void {
    this.#connection.sendHead()
    this.#write(unavailableBytes(reason, this.#channel.framing))
    this.#end()
  }

  #end(): void {
    this.#connection.end()
    this.#close()
  }

  #close(): void {
    if (this.state === 'closed') return // closing twice does nothing
    this.state = 'closed'
    this.#channel.leave(this)
    this.#options.onClosed(this)
  }

  #allowCut(may: boolean): void {
    if (may === this.#mayBeCut) return
    this.#mayBeCut = may
    this.#connection.cutWhenStalled(may ? this.#options.limits.stalled : 0)
  }

  #say(event: ControlEvent, id: string): void {
    this.#write(controlBytes(event, this.#channel.framing, id))
  }

  #write(bytes: string): void {
    this.#connection.sendChunk(bytes)
  }
}

/** The whole of a stream that ends at once, behind its head: when to try again, and why. */
export function unavailableBytes(reason: UnavailableReason, framing: 'event' | 'message'): string {
  return retryBytes(between(2_000, 10_000)) + controlBytes({type: 'stream.unavailable', reason}, framing)
}

function faultOf({epoch, seq}: Cursor, page: FramePage): ResetReason | undefined {
  if (epoch !== page.epoch) return 'epoch'
  if (seq > page.head) return 'ahead'
  if (seq < page.oldest - 1) return 'expired'
  return undefined
}

/** Random, so that clients that lost their streams together do not come back together. */
function between(least: number, most: number): number {
  return Math.round(least + Math.random() * (most - least))
}
