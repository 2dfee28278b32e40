/** One open stream: a cursor moving along the log, `replaying → live ⇄ behind`. */
import type {ServerResponse} from 'node:http'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {ResetReason, UnavailableReason} from '../board/stream-events.ts'
import type {Channel, Selected} from './channel.ts'
import {Parcel, type Piece, StreamConnection} from './connection.ts'
import type {FramePage} from './feed.ts'
import {type ControlEvent, controlBytes, retryBytes} from './frames.ts'
import type {LiveLimits} from './limits.ts'

/** Where a stream begins: live from now, at the oldest event kept, behind a cursor, or at something unreadable. */
export type StartingPoint = 'now' | 'earliest' | 'malformed' | Cursor

/** What all streams of a process share. */
export interface Streams {
  readonly limits: LiveLimits
  readonly heartbeatSeconds: number
  /** Counted since the start; see LiveStats. */
  readonly counters: {timesBehind: number; cut: number}
  /** Told once, when a stream is over. */
  closed(subscriber: Subscriber): void
  /** Told of a log that could not be read; the stream ends with `stream.unavailable` by itself. */
  failed(error: unknown): void
}

export class Subscriber {
  state: 'opening' | 'replaying' | 'live' | 'behind' | 'closed' = 'opening'
  readonly channel: Channel
  readonly userId: string

  readonly #streams: Streams
  readonly #connection: StreamConnection
  /** Up to where it was served; while live the feed's `served` stands for it. */
  #position: Cursor = nowhere
  #replayed = 0
  #isReady = false
  #mayBeCut = false

  /** Opens as soon as the tail of the log is there. */
  constructor(streams: Streams, channel: Channel, userId: string, start: StartingPoint, res: ServerResponse) {
    this.#streams = streams
    this.channel = channel
    this.userId = userId
    this.#connection = new StreamConnection(res, () => this.#close())
    channel.feed.ready.then(() => this.#start(start)).catch(error => this.#giveUp(error))
  }

  /** Writes the channel's bytes; false when so much waits behind them that there should be no more. */
  deliver(bytes: string): boolean {
    return this.#connection.deliver(bytes) <= this.#streams.limits.waitingBytes
  }

  /** Stops being live at `position` and goes on from there by the log. */
  fallBehind(position: Cursor): void {
    this.channel.leave(this)
    this.state = 'behind'
    this.#streams.counters.timesBehind++
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
    const checked_at = new Date(this.channel.feed.checkedAt).toISOString()
    this.#connection.write([this.#say({type: 'stream.heartbeat', checked_at})])
  }

  /** Ends the stream because this process stops. */
  drain(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') {
      this.#endUnavailable('draining')
    } else {
      this.#connection.write([this.#say({type: 'stream.drain'})])
      this.#end()
    }
  }

  async #start(start: StartingPoint): Promise<void> {
    if (this.state === 'closed') return
    const {feed} = this.channel
    feed.flush()
    const head = {epoch: feed.epoch, seq: feed.served}
    if (start === 'now') this.#open(head)
    else if (start === 'malformed') this.#open(head, 'malformed')
    else if (start === 'earliest') await this.#openAtOldest()
    else if (feed.reaches(start)) this.#open(start)
    else await this.#openByLog(start)
  }

  async #openAtOldest(): Promise<void> {
    const {epoch, oldest} = await this.channel.feed.page(0)
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
    const {heartbeatSeconds: heartbeat_seconds} = this.#streams
    const opening = {type: 'stream.open', cursor: this.#cursor(), heartbeat_seconds} as const
    // A client that loses the connection between this and the reset must come back with its old cursor, or nobody
    // would ever tell it that it missed something: so what opens a reset carries no id.
    const first = reason ? controlBytes(opening, this.channel.framing) : this.#say(opening)
    this.#pump(retryBytes(between(500, 1_500)) + first + (reason ? this.#reset(reason, start) : ''))
  }

  /**
   * Goes on from the position: by the ring where it reaches, else by the log; until live or until the socket is
   * full. What there is to write, behind `piece`, leaves at once.
   */
  #pump(piece: Piece = ''): void {
    const {feed} = this.channel
    const out = new Parcel(piece)
    while (this.state === 'replaying' || this.state === 'behind') {
      const room = this.#streams.limits.waitingBytes - this.#connection.waiting - out.length
      feed.flush()
      if (room <= 0 && out.length > 0) {
        this.#connection.write(out.take())
      } else if (room <= 0) {
        this.#waitForSocket()
        return
      } else if (!feed.reaches(this.#position)) {
        this.#connection.write(out.take())
        void this.#readLog()
        return
      } else if (this.#position.seq === feed.served) {
        out.add(this.#goLive())
      } else {
        out.add(this.#advance(this.channel.selectAfter(this.#position.seq, room)))
      }
    }
    this.#connection.write(out.take())
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
      // Where the feed is behind the log (another process wrote), it follows, so that this stream can join it.
      await this.channel.feed.follow(page)
      if (this.state === 'closed') return
      if (reason) this.#pump(this.#reset(reason, {epoch: page.epoch, seq: page.head}))
      else this.#pump(this.#readPage(page))
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #readPage({frames}: FramePage): Piece {
    const later = frames.filter(frame => frame.seq > this.#position.seq)
    if (later.length === 0) return ''
    return this.#advance(this.channel.select(later, this.#streams.limits.waitingBytes))
  }

  /** The page behind `cursor`, and why the cursor cannot be served, if so. */
  async #judge(cursor: Cursor): Promise<{page: FramePage; reason?: ResetReason}> {
    const shared = await this.channel.feed.page(cursor.seq)
    const isBehindCursor = shared.epoch === cursor.epoch && cursor.seq > shared.head
    // Another reader's page may be older than the change that this cursor came from.
    const page = isBehindCursor ? await this.channel.feed.page(cursor.seq, {fresh: true}) : shared
    const reason = faultOf(cursor, page)
    return reason ? {page, reason} : {page}
  }

  #advance({bytes, shared, count, upTo}: Selected): Piece {
    this.#position = {...this.#position, seq: upTo}
    this.#replayed += count
    return shared ?? bytes
  }

  #reset(reason: ResetReason, head: Cursor): string {
    this.#position = head
    return this.#say({type: 'stream.reset', reason, cursor: formatCursor(head)})
  }

  #goLive(): string {
    this.state = 'live'
    this.#position = nowhere
    this.channel.join(this)
    if (this.#isReady) return ''
    this.#isReady = true
    return this.#say({type: 'stream.ready', cursor: this.#cursor(), replayed: this.#replayed})
  }

  #cursor(): string {
    const {epoch, served} = this.channel.feed
    return formatCursor(this.state === 'live' ? {epoch, seq: served} : this.#position)
  }

  #giveUp(error: unknown): void {
    if (this.state === 'closed') return
    this.#streams.failed(error)
    this.#endUnavailable('store')
  }

  #endUnavailable(reason: UnavailableReason): void {
    this.#connection.write([unavailableBytes(reason, this.channel.framing)])
    this.#end()
  }

  #end(): void {
    this.#connection.end()
    this.#close()
  }

  #close(): void {
    if (this.state === 'closed') return // closing twice does nothing
    this.state = 'closed'
    this.channel.leave(this)
    if (this.#connection.wasCut) this.#streams.counters.cut++
    this.#streams.closed(this)
  }

  #allowCut(may: boolean): void {
    if (may === this.#mayBeCut) return
    this.#mayBeCut = may
    this.#connection.cutWhenStalled(may ? this.#streams.limits.stalled : 0)
  }

  #say(event: ControlEvent): string {
    return controlBytes(event, this.channel.framing, this.#cursor())
  }
}

const nowhere: Cursor = {epoch: '', seq: 0}

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
