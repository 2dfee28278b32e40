/** A subscriber that is one open stream. */
import type {ServerResponse} from 'node:http'
import type {RevocationReason} from '../board/access.ts'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {type Payload, StreamConnection} from './connection.ts'
import {expiryWarningMs, slotMs} from './expiry.ts'
import {
  type ControlEvent,
  type ControlFields,
  controlBytes,
  pieceOf,
  type SelectedFrames,
  unavailableBytes,
} from './frames.ts'
import {retryAfterBreak, retryAfterDrain, retryAfterSuperseded} from './limits.ts'
import type {EndReason, SubscriberKind} from './live-counts.ts'
import {
  type EngineReason,
  type StreamSettings,
  Subscriber,
  type SubscriberHost,
  type SubscriberOptions,
} from './subscriber.ts'

export class StreamSubscriber extends Subscriber {
  readonly #connection: StreamConnection
  #replayed = 0
  #isReady = false
  #isWarned = false
  /** Whether `goLive` must warn the client that the credential will end soon. */
  #mustWarn = false
  /** Whether the waiting bytes of the stream are counted in `waitingBudget`. */
  #isCounted = false

  constructor(host: SubscriberHost, options: SubscriberOptions, res: ServerResponse) {
    super(host, options)
    this.#connection = new StreamConnection(res, () => {
      this.host.waitingBudget.set(this, 0)
      this.close(this.wasCut ? 'stalled' : 'client')
    })
  }

  get #settings(): StreamSettings {
    return this.host.settings
  }

  override get kind(): SubscriberKind {
    return 'stream'
  }

  override get room(): number {
    return this.host.waitingBudget.perStream - this.#connection.waiting
  }

  override get wasCut(): boolean {
    return this.#connection.wasCut
  }

  override open(start: Cursor, reason?: ResetReason): void {
    this.state = 'replaying'
    this.moveTo(start)
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

  override reset(reason: ResetReason, head: Cursor): void {
    this.moveTo(head)
    this.countReset(reason)
    this.#queue({type: 'stream.reset', reason, cursor: formatCursor(head)})
  }

  override replay(selected: SelectedFrames): void {
    this.moveTo({epoch: this.cursor.epoch, seq: selected.upTo})
    this.#replayed += selected.count
    this.countReplayed(selected)
    this.#connection.queue(pieceOf(selected))
  }

  override goLive(): void {
    super.goLive()
    if (!this.#isReady) {
      this.#isReady = true
      this.#queue({type: 'stream.ready', cursor: formatCursor(this.cursor), replayed: this.#replayed})
      if (this.#mustWarn) this.#queueWarning()
    }
    // A stream that was behind has missed changes of the presence, and these changes are not replayed.
    this.#connection.queue(this.host.presence ?? '')
  }

  override flush(): void {
    this.#connection.flush()
    this.#countWaiting()
  }

  #countWaiting(): void {
    const {waiting} = this.#connection
    if (waiting === 0 && !this.#isCounted) return
    this.host.waitingBudget.set(this, waiting)
    if (waiting === 0 || this.#isCounted) return
    this.#isCounted = true
    this.#connection.onceDrained(() => {
      this.#isCounted = false
      this.host.waitingBudget.set(this, 0)
      this.#countWaiting()
    })
  }

  override deliver(payload: Payload): boolean {
    const waiting = this.#connection.deliver(payload)
    if (waiting === 0) return true
    this.#countWaiting()
    return waiting <= this.host.waitingBudget.perStream
  }

  override waitForDrain(): void {
    this.#countWaiting()
    this.#connection.watchForStall(this.#settings.limits.stallTimeoutMs)
    this.#connection.onceDrained(() => {
      this.#connection.watchForStall(0)
      this.host.onDrained(this)
    })
  }

  /**
   * Sends a heartbeat, which shows that the stream works. The id of the heartbeat is a cursor from which the client can
   * resume.
   */
  override heartbeat(): void {
    if (this.state === 'opening' || this.state === 'closed') return
    // While bytes wait for the socket, no heartbeat is sent, because the heartbeat would only wait behind these bytes.
    const isStuck = this.#connection.waiting > 0
    this.#connection.watchForStall(isStuck ? this.#settings.limits.stallTimeoutMs : 0)
    if (isStuck) return
    const checked_at = new Date(this.host.checkedAt).toISOString()
    this.#queue({type: 'stream.heartbeat', checked_at})
    this.flush()
  }

  /**
   * Tells the client that the credential of the stream will end soon. Does nothing before the stream is open, because
   * `open` warns the client if the credential will end soon. During the replay, the warning waits for `stream.ready`: a
   * client ignores an earlier warning, because such a warning means that the credential was short from the start.
   */
  override warnOfExpiry(): void {
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
  override expire(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') this.#queueWithoutId({type: 'stream.expired'})
    else this.#queue({type: 'stream.expired'})
    this.#end('expired')
  }

  /** Ends the stream, because the access of the client was withdrawn. */
  override revoke(reason: RevocationReason): void {
    if (this.state === 'closed') return
    // After the end of a stream, a browser requests the same URL again. With the same ticket, this request ends the
    // stream of another page. Without the long delay, the two pages would end each other's streams again and again.
    const retry = reason === 'ticket-superseded' ? retryAfterSuperseded : undefined
    this.#queueWithoutId({type: 'stream.revoked', reason}, {retry})
    this.#end(reason, reason !== 'ticket-superseded')
  }

  /** Ends the stream, and tells the client that this process is about to stop. */
  override drain(): void {
    if (this.state === 'closed') return
    if (this.state === 'opening') {
      this.endUnavailable('draining')
    } else {
      this.#queue({type: 'stream.drain'}, {retry: retryAfterDrain})
      this.#end('drain')
    }
  }

  /** Ends the stream, and tells the client that the stream cannot be served at the moment. */
  override endUnavailable(reason: EngineReason): void {
    if (this.state === 'closed') return
    this.#connection.queue(unavailableBytes(reason, this.host.framing))
    this.#end(reason)
  }

  #end(reason: EndReason, isWithdrawn = false): void {
    this.flush()
    // If the client reads nothing, the last bytes must not occupy memory for long.
    if (this.#connection.waiting > 0) this.#connection.watchForStall(this.#settings.limits.stallTimeoutMs)
    this.#connection.end()
    this.close(reason, isWithdrawn)
  }

  /** Queues the event with the cursor of the subscriber as its id. */
  #queue(event: ControlEvent, {retry}: Pick<ControlFields, 'retry'> = {}): void {
    this.#queueWithoutId(event, {id: formatCursor(this.cursor), retry})
  }

  #queueWithoutId(event: ControlEvent, fields?: ControlFields): void {
    this.#connection.queue(controlBytes(event, this.host.framing, fields))
  }
}
