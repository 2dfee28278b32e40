/**
 * A subscriber is one open stream or one waiting poll. The cursor of the subscriber is its position in the log.
 *
 *             open              goLive
 *   opening ───────► replaying ────────► live
 *                                       │   ▲
 *                            fallBehind ▼   │ goLive
 *                                      behind
 *
 * A subscriber in any state becomes `closed` when the stream or the poll ends, or when its connection is lost.
 */
import type {Grant, RevocationReason} from '../board/access.ts'
import type {Cursor} from '../board/cursor.ts'
import type {ResetReason, UnavailableReason} from '../board/stream-events.ts'
import type {GrantedStream} from './access-watch.ts'
import type {Payload} from './connection.ts'
import type {ExpiringStream} from './expiry.ts'
import type {Framing, SelectedFrames} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import type {EndReason, LiveCounts, SubscriberKind} from './live-counts.ts'
import type {OrganizationBudget} from './waiting-budget.ts'

/** What a subscriber needs from its channel. */
export interface SubscriberHost {
  readonly framing: Framing
  /** The events up to this position have been delivered to all live subscribers. */
  readonly served: Cursor
  /** The time when `served` was last compared with the log, in milliseconds since 1970. */
  readonly checkedAt: number
  /** Whether the process knows of events after `served`. */
  readonly hasMore: boolean
  readonly settings: StreamSettings
  /**
   * Who looks at the boards: the bytes of `presence.state`, or JSON for polls. Undefined when the client did not ask for
   * the presence.
   */
  readonly presence: string | undefined
  /** The events and their bytes that the channel has delivered live since it exists. */
  readonly deliveredEvents: number
  readonly deliveredBytes: number
  /** The selection as text. */
  readonly key: string
  /** Counts the bytes that wait for the clients of the organization. */
  readonly waitingBudget: OrganizationBudget
  /** Called when the socket of a waiting subscriber has accepted all waiting bytes. */
  onDrained(subscriber: Subscriber): void
  /** Called once, when the stream or the poll has ended. `isWithdrawn` is true when the access was withdrawn. */
  onClosed(subscriber: Subscriber, isWithdrawn: boolean): void
}

/** The settings that all streams of a process share. */
export interface StreamSettings {
  readonly limits: LiveLimits
  readonly heartbeatSeconds: number
  /** Returns the time of day in milliseconds since 1970. This clock decides when credentials end. */
  readonly timeOfDay: () => number
  readonly counts: LiveCounts
}

/** The reasons for which the live engine itself refuses or ends a stream. */
export type EngineReason = Exclude<UnavailableReason, 'rate-limited'>

/** What a stream or a poll has delivered, for the log. The fields are set when the stream ends. */
export interface StreamReport {
  /** The selection as text. */
  selection?: string
  reason?: EndReason
  /** The number of events that were written, without control events. */
  events?: number
  /** The bytes of these events. */
  bytes?: number
}

export interface SubscriberOptions {
  organizationId: string
  userId: string
  /** The ids that the access of the stream depends on. Default: only the id of the member. */
  grant?: Grant
  /** The end of the stream's credential, in milliseconds since 1970. Default: the credential has no end. */
  expiresAt?: number
  /** Receives what the stream has delivered, when the stream ends. Default: none. */
  report?: StreamReport
}

export abstract class Subscriber implements ExpiringStream, GrantedStream {
  state: 'opening' | 'replaying' | 'live' | 'behind' | 'closed' = 'opening'
  readonly organizationId: string
  readonly userId: string
  readonly grant: Grant
  readonly expiresAt: number | undefined
  protected readonly host: SubscriberHost
  /** Unused while the subscriber is live, because the cursor of a live subscriber is the host's `served` position. */
  #cursor: Cursor = noCursor
  readonly #report: StreamReport | undefined
  // The events and bytes that were written. While the subscriber is live, the channel counts for all its subscribers,
  // so that a delivery costs nothing here: these numbers are then negative offsets to the numbers of the channel.
  #events = 0
  #bytes = 0

  constructor(host: SubscriberHost, {organizationId, userId, grant, expiresAt, report}: SubscriberOptions) {
    this.host = host
    this.organizationId = organizationId
    this.userId = userId
    this.grant = grant ?? {memberId: userId}
    this.expiresAt = expiresAt
    this.#report = report
  }

  /** The events up to this position have been written or queued for this subscriber, or were not selected. */
  get cursor(): Cursor {
    return this.state === 'live' ? this.host.served : this.#cursor
  }

  /** Whether the subscriber still receives older events, from the ring or from the log. */
  get isReplaying(): boolean {
    return this.state === 'replaying' || this.state === 'behind'
  }

  /** Whether the connection was cut because its socket accepted no bytes. */
  get wasCut(): boolean {
    return false
  }

  abstract get kind(): SubscriberKind

  /** How many more bytes the subscriber takes at the moment. */
  abstract get room(): number

  protected countReplayed({count, bytes}: SelectedFrames): void {
    const {counts} = this.host.settings
    this.#events += count
    this.#bytes += bytes.length
    counts.replayedEvents += count
    counts.replayedBytes += bytes.length
  }

  protected countReset(reason: ResetReason): void {
    this.host.settings.counts.resets.add([reason])
  }

  protected moveTo(cursor: Cursor): void {
    this.#cursor = cursor
  }

  /**
   * Starts the replay after the position `start`. If a reason is given, `start` is the head, and the client receives a
   * reset.
   */
  abstract open(start: Cursor, reason?: ResetReason): void

  /** Tells the client that its old cursor cannot be served, and moves the cursor to `head`. */
  abstract reset(reason: ResetReason, head: Cursor): void

  /** Queues events from the ring or the log and moves the cursor to the last examined event. */
  abstract replay(selected: SelectedFrames): void

  /**
   * Makes the subscriber live. Before this call, all events up to the host's `served` position must be written or
   * queued for the subscriber.
   */
  goLive(): void {
    this.state = 'live'
    this.#cursor = noCursor
    this.#events -= this.host.deliveredEvents
    this.#bytes -= this.host.deliveredBytes
  }

  /** Ends the live state. The subscriber continues from `cursor`. */
  fallBehind(cursor: Cursor): void {
    this.#leaveLive()
    this.state = 'behind'
    this.#cursor = cursor
  }

  /** Writes everything that is queued. */
  abstract flush(): void

  /**
   * Writes the bytes. Returns false when too many bytes wait for the socket. A caller that receives false must call
   * `fallBehind`.
   */
  abstract deliver(payload: Payload): boolean

  /** Calls the host's `onDrained` when the socket has accepted the waiting bytes. Cuts a connection that stalls. */
  abstract waitForDrain(): void

  /** Shows the client that the stream works. */
  abstract heartbeat(): void

  abstract warnOfExpiry(): void

  abstract expire(): void

  /** Ends the stream, because the access of the client was withdrawn. */
  abstract revoke(reason: RevocationReason): void

  /** Ends the stream, because this process is about to stop. */
  abstract drain(): void

  /** Ends the stream, and tells the client that the stream cannot be served at the moment. */
  abstract endUnavailable(reason: EngineReason): void

  #leaveLive(): void {
    if (this.state !== 'live') return
    this.#events += this.host.deliveredEvents
    this.#bytes += this.host.deliveredBytes
  }

  protected close(reason: EndReason, isWithdrawn = false): void {
    if (this.state === 'closed') return // a second call does nothing
    this.#leaveLive()
    this.state = 'closed'
    this.host.settings.counts.ended.add([this.kind, reason])
    if (this.#report) {
      const {key: selection} = this.host
      Object.assign(this.#report, {selection, reason, events: this.#events, bytes: this.#bytes})
    }
    this.host.onClosed(this, isWithdrawn)
  }
}

const noCursor: Cursor = {epoch: '', seq: 0}
