/** The rules for sharing a connection between tabs, as pure functions. */
import type {Notification, Status} from './connection-state.ts'
import {earlier, isUpTo} from './cursor.ts'
import {hiddenReconnectMs, reconnectMs} from './limits.ts'
import {isSame, union, type Wanted} from './selection.ts'

/** The selection of a tab and the cursor after which it resumes; undefined: live from now. */
export type Subscription = [wanted: Wanted, cursor: string | undefined]

/** What a leader's connection delivers, to the leader and to its followers alike. */
export type Update = Exclude<Notification, ['status' | 'error', unknown]> | ['state', LeaderState]

export interface LeaderState {
  status: Status
  /** A live connection is dead after so many milliseconds without a message. */
  silenceMs: number | undefined
  /** The leader's tab is out of sight. */
  isHidden: boolean
}

/** The subscription that serves another tab too. Returns `shared` itself when it serves that tab already. */
export function include(shared: Subscription, [wanted, cursor]: Subscription): Subscription {
  const all = union(shared[0], wanted)
  const from = cursor ? earlier(shared[1], cursor) : shared[1]
  return isSame(all, shared[0]) && from === shared[1] ? shared : [all, from]
}

/** Whether a tab at `cursor` has missed an event before an update that follows `after`. A reset closes every gap. */
export function hasGap(cursor: string | undefined, after: string | undefined, [kind]: Update): unknown {
  return after && cursor && cursor !== 'earliest' && kind !== 'reset' && !isUpTo(after, cursor)
}

/** The milliseconds after which a silent leader is replaced. A live leader passes on the server's heartbeats. */
export function leaderSilence({status, silenceMs, isHidden}: LeaderState, amHidden: boolean): number {
  if (status === 'live' && silenceMs) return silenceMs
  return isHidden && !amHidden ? hiddenReconnectMs : reconnectMs
}
