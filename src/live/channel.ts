/** A channel combines one selection with one framing. All live subscribers of a channel receive the same bytes. */
import type {Cursor} from '../board/cursor.ts'
import type {EventFilter} from '../store/selected-events.ts'
import {payloadOf} from './connection.ts'
import {bytesOf, type Frame, type Framing, type SelectedFrames} from './frames.ts'
import {filterOf, matches, type Selection} from './selection.ts'
import type {StreamSettings, Subscriber, SubscriberHost} from './subscriber.ts'
import type {OrganizationBudget} from './waiting-budget.ts'

/** What a channel needs from its feed. */
export interface ChannelHost {
  /** The events up to this position have been delivered to all live subscribers. */
  readonly served: Cursor
  /** The time when `served` was last compared with the log, in milliseconds since 1970. */
  readonly checkedAt: number
  /** Whether the process knows of events after `served`. */
  readonly hasMore: boolean
  readonly settings: StreamSettings
  readonly waitingBudget: OrganizationBudget
  onDrained(channel: Channel, subscriber: Subscriber): void
  /** The presence of the channel's board; see `SubscriberHost`. */
  presenceFor(channel: Channel): string | undefined
  onClosed(channel: Channel, subscriber: Subscriber, isWithdrawn: boolean): void
}

export class Channel implements SubscriberHost {
  /** The channel's key in its feed. */
  readonly key: string
  readonly framing: Framing
  readonly selection: Selection
  readonly #host: ChannelHost
  readonly #live = new Set<Subscriber>()
  #subscriberCount = 0
  deliveredEvents = 0
  deliveredBytes = 0

  constructor(host: ChannelHost, key: string, selection: Selection, framing: Framing) {
    this.key = key
    this.framing = framing
    this.#host = host
    // The selection is copied, because an id may be a slice of the request's URL, and a slice keeps the whole URL in
    // memory.
    this.selection = structuredClone(selection)
  }

  get served(): Cursor {
    return this.#host.served
  }

  get checkedAt(): number {
    return this.#host.checkedAt
  }

  get hasMore(): boolean {
    return this.#host.hasMore
  }

  get presence(): string | undefined {
    return this.selection.presence ? this.#host.presenceFor(this) : undefined
  }

  get settings(): StreamSettings {
    return this.#host.settings
  }

  get waitingBudget(): OrganizationBudget {
    return this.#host.waitingBudget
  }

  /** Whether the subscribers of the channel are polls. */
  get isPolled(): boolean {
    return this.framing === 'json'
  }

  get hasSubscribers(): boolean {
    return this.#subscriberCount > 0
  }

  get hasLiveSubscribers(): boolean {
    return this.#live.size > 0
  }

  /** Counts a new subscriber. The subscriber is not live yet. */
  add(): void {
    this.#subscriberCount++
  }

  onDrained(subscriber: Subscriber): void {
    this.#host.onDrained(this, subscriber)
  }

  onClosed(subscriber: Subscriber, isWithdrawn: boolean): void {
    this.#live.delete(subscriber)
    this.#subscriberCount--
    this.#host.onClosed(this, subscriber, isWithdrawn)
  }

  /**
   * Makes the subscriber live. Before this call, all events up to the host's `served` position must be written or
   * queued for the subscriber.
   */
  goLive(subscriber: Subscriber): void {
    // The subscriber takes the state of the presence first. The changes after this state are for live subscribers.
    subscriber.goLive()
    this.#live.add(subscriber)
  }

  /**
   * Delivers the bytes to every live subscriber. A subscriber that is too slow falls behind, and continues from
   * `cursor` when its socket has drained. Returns the subscribers that were too slow. `events` is the number of events
   * in the bytes; 0 for a control event.
   */
  deliver(bytes: string, cursor: Cursor, events = 0): readonly Subscriber[] {
    const slow: Subscriber[] = []
    if (events > 0) this.#count(bytes, events)
    const payload = payloadOf(bytes)
    for (const subscriber of this.#live) if (!subscriber.deliver(payload)) slow.push(subscriber)
    for (const subscriber of slow) this.#fallBehind(subscriber, cursor)
    return slow
  }

  #count(bytes: string, events: number): void {
    const {counts} = this.settings
    this.deliveredEvents += events
    this.deliveredBytes += bytes.length
    counts.liveEvents += events * this.#live.size
    counts.liveBytes += bytes.length * this.#live.size
  }

  /** Makes all live subscribers fall behind and continue from `cursor`. Returns these subscribers. */
  leaveBehind(cursor: Cursor): readonly Subscriber[] {
    const left = [...this.#live]
    for (const subscriber of left) this.#fallBehind(subscriber, cursor)
    return left
  }

  /** The filter for events that a replay reads from the log, or undefined when a replay reads all events. */
  get filter(): EventFilter | undefined {
    return filterOf(this.selection)
  }

  wants(frame: Frame): boolean {
    return matches(this.selection, frame)
  }

  /**
   * Selects the frames that the channel wants. Stops when the selected frames have at least `room` bytes. For polls,
   * also stops after `pageLength` frames.
   */
  select(frames: readonly Frame[], room: number): SelectedFrames {
    const maxCount = this.isPolled ? this.settings.limits.pageLength : Number.POSITIVE_INFINITY
    let bytes = ''
    let count = 0
    for (const frame of frames) {
      if (bytes.length >= room || count === maxCount) return {bytes, count, upTo: frame.seq - 1}
      if (!this.wants(frame)) continue
      bytes += bytesOf(frame, this.framing)
      count++
    }
    return {bytes, count, upTo: frames.at(-1)?.seq ?? 0}
  }

  #fallBehind(subscriber: Subscriber, cursor: Cursor): void {
    this.#live.delete(subscriber)
    subscriber.fallBehind(cursor)
  }
}
