/** The rules by which tabs share a connection: pure, so that `shared-connection.ts` only carries them out. */
import type {Notification, Status} from './connection-state.ts'
import {earlier, isUpTo} from './cursor.ts'
import {hiddenReconnectMs, reconnectMs} from './limits.ts'
import {isSame, union, type Wanted} from './selection.ts'

/** What a tab wants, behind which cursor; undefined: live from now. */
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

/**
 * What a leader's connection is for once it serves another tab. Returns `shared` itself when that includes the tab
 * already.
 */
export function include(shared: Subscription, [wanted, cursor]: Subscription): Subscription {
  const all = union(shared[0], wanted)
  const from = cursor ? earlier(shared[1], cursor) : shared[1]
  return isSame(all, shared[0]) && from === shared[1] ? shared : [all, from]
}

/** Whether a tab at `cursor` has missed something before an update that follows `after`. A reset makes up for it. */
export function hasGap(cursor: string | undefined, after: string | undefined, [kind]: Update): unknown {
  return after && cursor && cursor !== 'earliest' && kind !== 'reset' && !isUpTo(after, cursor)
}

/** For how many milliseconds a follower lets its leader be silent. A live leader passes on the server's heartbeats. */
export function leaderSilence({status, silenceMs, isHidden}: LeaderState, amHidden: boolean): number {
  if (status === 'live' && silenceMs) return silenceMs
  return isHidden && !amHidden ? hiddenReconnectMs : reconnectMs
}
