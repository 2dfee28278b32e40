/**
 * A subscriber is one open stream. The cursor of the subscriber is its position in the log.
 *
 *             open              goLive
 *   opening ───────► replaying ────────► live
 *                                       │   ▲
 *                            fallBehind ▼   │ goLive
 *                                      behind
 *
 * A subscriber in any state becomes `closed` when the stream ends or its connection is lost.
 */
import type {ServerResponse} from 'node:http'
import type {Grant, RevocationReason} from '../board/access.ts'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {ResetReason, UnavailableReason} from '../board/stream-events.ts'
import type {GrantedStream} from './access-watch.ts'
import {type Payload, StreamConnection} from './connection.ts'
import {type ExpiringStream, expiryWarningMs, slotMs} from './expiry.ts'
import {
  type ControlEvent,
  type ControlFields,
  controlBytes,
  type Framing,
  pieceOf,
  type SelectedFrames,
  unavailableBytes,
} from './frames.ts'
import {type LiveLimits, retryAfterBreak, retryAfterDrain, retryAfterSuperseded} from './limits.ts'
import type {OrganizationBudget} from './waiting-budget.ts'

/** What a subscriber needs from its channel. */
export interface SubscriberHost {
  readonly framing: Framing
  /** The events up to this position have been delivered to all live subscribers. */
  readonly served: Cursor
  /** The time when `served` was last compared with the log, in milliseconds since 1970. */
  readonly checkedAt: number
  readonly settings: StreamSettings
  /** Counts the bytes that wait for the clients of the organization. */
  readonly waitingBudget: OrganizationBudget
  /** Called when the socket of a waiting subscriber has accepted all waiting bytes. */
  onDrained(subscriber: Subscriber): void
  /** Called once, when the stream has ended. */
  onClosed(subscriber: Subscriber): void
}

/** The settings that all streams of a process share. */
export interface StreamSettings {
  readonly limits: LiveLimits
  readonly heartbeatSeconds: number
  /** Returns the time of day in milliseconds since 1970. This clock decides when credentials end. */
  readonly timeOfDay: () => number
}

export interface SubscriberOptions {
  organizationId: string
  userId: string
  /** The ids that the access of the stream depends on. Default: only the id of the member. */
  grant?: Grant
  /** The end of the stream's credential, in milliseconds since 1970. Default: the credential has no end. */
  expiresAt?: number
}

export class Subscriber implements ExpiringStream, GrantedStream {
  state: 'opening' | 'replaying' | 'live' | 'behind' | 'closed' = 'opening'
  readonly organizationId: string
  readonly userId: string
  readonly grant: Grant
  readonly expiresAt: number | undefined
  readonly #host: SubscriberHost
  readonly #connection: StreamConnection
  /** Unused while the subscriber is live, because the cursor of a live subscriber is the host's `served` position. */
  #cursor: Cursor = noCursor
  #replayed = 0
  #isReady = false
  #isWarned = false
  /** Whether `goLive` must warn the client that the credential will end soon. */
  #mustWarn = false
  /** Whether the waiting bytes of the stream are counted in `waitingBudget`. */
  #isCounted = false

  constructor(host: SubscriberHost, options: SubscriberOptions, res: ServerResponse) {
    this.#host = host
    this.organizationId = options.organizationId
    this.userId = options.userId
    this.grant = options.grant ?? {memberId: options.userId}
    this.expiresAt = options.expiresAt
    this.#connection = new StreamConnection(res, () => {
      this.#host.waitingBudget.set(this, 0)
      this.#close()
    })
  }

  get #settings(): StreamSettings {
    return this.#host.settings
  }

  /** The events up to this position have been written or queued for this subscriber. */
  get cursor(): Cursor {
    return this.state === 'live' ? this.#host.served : this.#cursor
  }

  /** Whether the subscriber still receives older events, from the ring or from the log. */
  get isReplaying(): boolean {
    return this.state === 'replaying' || this.state === 'behind'
  }

  /** How many more bytes may wait for the socket. */
  get room(): number {
    return this.#host.waitingBudget.perStream - this.#connection.waiting
  }

  /** Whether the connection was cut because its socket accepted no bytes. */
  get wasCut(): boolean {
    return this.#connection.wasCut
  }

  /**
   * Starts the replay after the position `start`. If a reason is given, `start` is the head, and the client receives a
   * reset.
   */
  open(start: Cursor, reason?: ResetReason): void {
    this.state = 'replaying'
    this.#cursor = start
    const {heartbeatSeconds: heartbeat_seconds} = this.#settings
    const opening = {type: 'stream.open', cursor: formatCursor(start), heartbeat_seconds} as const
    const retry = retryAfterBreak
    // Before a reset, `stream.open` has no id. A client that disconnects between `stream.open` and the reset must
    // resume with its old cursor. Otherwise the client would never receive the reset.
    if (reason) this.#queueWithoutId(opening, {retry})
    else this.#queue(opening, {retry})
    if (
      this.expiresAt !== undefined &&
      this.expiresAt - this.#settings.timeOfDay() < expiryWarningMs + slotMs
    )
      this.#queueWarning()
    if (reason) this.reset(reason, start)
  }

  /** Tells the client that its old cursor cannot be served, and moves the cursor to `head`. */
  reset(reason: ResetReason, head: Cursor): void {
    this.#cursor = head
    this.#queue({type: 'stream.reset', reason, cursor: formatCursor(head)})
  }

  /** Queues events from the ring or the log and moves the cursor to the last examined event. */
  replay(selected: SelectedFrames): void {
    this.#cursor = {epoch: this.#cursor.epoch, seq: selected.upTo}
    this.#replayed += selected.count
    this.#connection.queue(pieceOf(selected))
  }

  /**
   * Makes the subscriber live. Before this call, all events up to the host's `served` position must be written or
   * queued for the subscriber.
   */
  goLive(): void {
    this.state = 'live'
    this.#cursor = noCursor
    if (this.#isReady) return
    this.#isReady = true
    this.#queue({type: 'stream.ready', cursor: formatCursor(this.cursor), replayed: this.#replayed})
    if (this.#mustWarn) this.#queueWarning()
  }

  /** Writes all queued bytes. */
  flush(): void {
    this.#connection.flush()
    this.#countWaiting()
  }

  #countWaiting(): void {
    const {waiting} = this.#connection
    if (waiting === 0 && !this.#isCounted) return
    this.#host.waitingBudget.set(this, waiting)
    if (waiting === 0 || this.#isCounted) return
    this.#isCounted = true
    this.#connection.onceDrained(() => {
      this.#isCounted = false
      this.#host.waitingBudget.set(this, 0)
      this.#countWaiting()
    })
  }

  /**
   * Writes the bytes. Returns false when too many bytes wait for the socket. A caller that receives false must call
   * `fallBehind`.
   */
  deliver(payload: Payload): boolean {
    const waiting = this.#connection.deliver(payload)
    if (waiting === 0) return true
    this.#countWaiting()
    return waiting <= this.#host.waitingBudget.perStream
  }

  /** Ends the live state. The subscriber continues from `cursor`. */
  fallBehind(cursor: Cursor): void {
    this.state = 'behind'
    this.#cursor = cursor
  }

  /** Calls the host's `onDrained` when the socket has accepted the waiting bytes. Cuts a connection that stalls. */
  waitForDrain(): void {
    this.#countWaiting()
    this.#connection.watchForStall(this.#settings.limits.stallTimeoutMs)
    this.#connection.onceDrained(() => {
      this.#connection.watchForStall(0)
      this.#host.onDrained(this)
    })
  }

  /**
   * Sends a heartbeat, which shows that the stream works. The id of the heartbeat is a cursor from which the client can
   * resume.
   */
  heartbeat(): void {
    if (this.state === 'opening' || this.state === 'closed') return
    // While bytes wait for the socket, no heartbeat is sent, because the heartbeat would only wait behind these bytes.
    const isStuck = this.#connection.waiting > 0
    this.#connection.watchForStall(isStuck ? this.#settings.limits.stallTimeoutMs : 0)
    if (isStuck) return
    const checked_at = new Date(this.#host.checkedAt).toISOString()
    this.#queue({type: 'stream.heartbeat', checked_at})
    this.flush()
  }

  /**
   * Tells the client that the credential of the stream will end soon. Does nothing before the stream is open, because
   * `open` warns the client if the credential will end soon. During the replay, the warning waits for `stream.ready`: a
   * client ignores an earlier warning, because such a warning means that the credential was short from the start.
   */
  warnOfExpiry(): void {
    if (this.#isWarned || this.state === 'opening' || this.state === 'closed') return
    if (!this.#isReady) {
      this.#mustWarn = true
      return
    }
    this.#queueWarning()
    this.flush()
  }

  #queueWarning(): void {
    this.#isWarned = true
    const expires_at = new Date(this.expiresAt!).toISOString()
    this.#queueWithoutId({type: 'stream.expiring', expires_at})
  }

  /** Ends the stream, because the credential of the stream ends. */
  expire(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') this.#queueWithoutId({type: 'stream.expired'})
    else this.#queue({type: 'stream.expired'})
    this.#end()
  }

  /** Ends the stream, because the access of the client was withdrawn. */
  revoke(reason: RevocationReason): void {
    if (this.state === 'closed') return
    // After the end of a stream, a browser requests the same URL again. With the same ticket, this request ends the
    // stream of another page. Without the long delay, the two pages would end each other's streams again and again.
    const retry = reason === 'ticket-superseded' ? retryAfterSuperseded : undefined
    this.#queueWithoutId({type: 'stream.revoked', reason}, {retry})
    this.#end()
  }

  /** Ends the stream, and tells the client that this process is about to stop. */
  drain(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') {
      this.endUnavailable('draining')
    } else {
      this.#queue({type: 'stream.drain'}, {retry: retryAfterDrain})
      this.#end()
    }
  }

  /** Ends the stream, and tells the client that the stream cannot be served at the moment. */
  endUnavailable(reason: UnavailableReason): void {
    if (this.state === 'closed') return
    this.#connection.queue(unavailableBytes(reason, this.#host.framing))
    this.#end()
  }

  #end(): void {
    this.flush()
    // If the client reads nothing, the last bytes must not occupy memory for long.
    if (this.#connection.waiting > 0) this.#connection.watchForStall(this.#settings.limits.stallTimeoutMs)
    this.#connection.end()
    this.#close()
  }

  #close(): void {
    if (this.state === 'closed') return // a second call does nothing
    this.state = 'closed'
    this.#host.onClosed(this)
  }

  /** Queues the event with the cursor of the subscriber as its id. */
  #queue(event: ControlEvent, {retry}: Pick<ControlFields, 'retry'> = {}): void {
    this.#queueWithoutId(event, {id: formatCursor(this.cursor), retry})
  }

  #queueWithoutId(event: ControlEvent, fields?: ControlFields): void {
    this.#connection.queue(controlBytes(event, this.#host.framing, fields))
  }
}

const noCursor: Cursor = {epoch: '', seq: 0}
