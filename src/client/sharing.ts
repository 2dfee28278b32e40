/** Pure functions for sharing a connection between tabs. */
import type {Notification} from './connection-state.ts'
import {earlier, isUpTo} from './cursor.ts'
import {hiddenReconnectMs, reconnectMs} from './limits.ts'
import {isSame, union, type Wanted} from './selection.ts'
import type {Status} from './task-stream.ts'

/** The selection of a tab, and the cursor after which the tab resumes. An undefined cursor means the current head. */
export type Subscription = [wanted: Wanted, cursor: string | undefined]

/** An update from the leader's connection. The leader and its followers receive the same updates. */
export type Update = Exclude<Notification, ['status' | 'error', ...unknown[]]> | ['state', LeaderState]

export interface LeaderState {
  status: Status
  /** When no message arrives for this number of milliseconds, a live connection is treated as dead. */
  silenceMs: number | undefined
  /** Whether the leader uses long polls. */
  isPolling?: boolean | undefined
  /** Whether the leader's tab is hidden. */
  isHidden: boolean
}

/**
 * Returns a subscription that includes the subscription `shared` and the subscription of another tab. Returns `shared`
 * itself when `shared` already includes the other subscription.
 */
export function include(shared: Subscription, [wanted, cursor]: Subscription): Subscription {
  const [ours, after] = shared
  const all = union(ours, wanted)
  const from = cursor ? earlier(after, cursor) : after
  return isSame(all, ours) && from === after ? shared : [all, from]
}

/**
 * Returns whether a tab missed events before the update. `cursor` is the tab's cursor, and `after` is the leader's
 * cursor before the update. A reset causes no gap, because the tab continues from the cursor of the reset.
 */
export function hasGap(cursor: string | undefined, after: string | undefined, [kind]: Update): unknown {
  return after && cursor && cursor !== 'earliest' && kind !== 'reset' && !isUpTo(after, cursor)
}

/**
 * Returns the number of milliseconds after which a silent leader is replaced. A live leader is never silent for long,
 * because a leader forwards the server's heartbeats.
 */
export function leaderSilence({status, silenceMs, isHidden}: LeaderState, amHidden: boolean): number {
  if (status === 'live' && silenceMs) return silenceMs
  return isHidden && !amHidden ? hiddenReconnectMs : reconnectMs
}
