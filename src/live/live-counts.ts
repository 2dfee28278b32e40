/** What the live engine has done since the start of the process. The fields are plain numbers; the metrics read them. */
import type {RevocationReason} from '../board/access.ts'
import type {ResetReason, UnavailableReason} from '../board/stream-events.ts'
import {Durations, deliveryBounds} from '../metrics/durations.ts'
import {LabeledCounts} from '../metrics/labeled.ts'

export type SubscriberKind = 'stream' | 'poll'

/**
 * Why a stream or a poll has ended. `client`: the client disconnected. `stalled`: the connection was cut, because its
 * socket accepted no bytes. `answered`: the poll was answered. `drain`: the process stops. `store` and `limit`: see
 * `stream.unavailable`. The other reasons are the ends of a credential.
 */
export type EndReason =
  | 'client'
  | 'stalled'
  | 'answered'
  | 'drain'
  | 'expired'
  | UnavailableReason
  | RevocationReason

export class LiveCounts {
  /** Streams and polls that were admitted. */
  readonly opened = new LabeledCounts(['kind'])
  readonly ended = new LabeledCounts(['kind', 'reason'])
  /** Streams and polls that were refused before they opened. */
  readonly refused = new LabeledCounts(['reason'])
  readonly resets = new LabeledCounts(['reason'])
  /** Replays that began in memory, and replays that began in the log. */
  readonly replays = new LabeledCounts(['source'])
  /** Events that were written to streams and polls: an event that 100 streams receive counts 100 times. */
  liveEvents = 0
  replayedEvents = 0
  /** The bytes of these events, without control events and without the transfer encoding. */
  liveBytes = 0
  replayedBytes = 0
  /** How often a stream was too slow for live delivery and continued from the log. */
  timesBehind = 0
  checkpoints = 0
  /** Gaps between received records, and the events that were read from the log to fill the gaps. */
  readonly gaps = {filled: 0, events: 0}
  readonly headPolls = new LabeledCounts(['outcome'])
  /**
   * From the commit of a change in this process to the write to the sockets of one channel. One duration per channel
   * and delivery. If a delivery has the events of several changes, the duration of the oldest change.
   */
  readonly delivery = new Durations(deliveryBounds)

  constructor() {
    // A counter with the value 0 lets Prometheus see the first increase.
    for (const kind of ['stream', 'poll']) this.opened.add([kind], 0)
    for (const reason of ['expired', 'epoch', 'ahead', 'malformed'] satisfies ResetReason[])
      this.resets.add([reason], 0)
    for (const reason of ['draining', 'limit', 'store', 'rate-limited'] satisfies UnavailableReason[]) {
      this.refused.add([reason], 0)
    }
    for (const source of ['memory', 'log']) this.replays.add([source], 0)
    for (const outcome of ['ok', 'failed']) this.headPolls.add([outcome], 0)
    for (const reason of ['client', 'stalled', 'drain', 'store'] satisfies EndReason[])
      this.ended.add(['stream', reason], 0)
  }
}
