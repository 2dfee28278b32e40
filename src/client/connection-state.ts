/**
 * The states of one stream. A stream reconnects until it is closed. A table in docs/client.md lists the ways in which a
 * connection can fail. All functions in this file are pure; `connection.ts` manages the timers and the connection.
 *
 *     closed ──reopen──▶ connecting ──stream.open──▶ replaying ──stream.ready──▶ live
 *                          │    ▲                        │                        │
 *                  failure │    │ timeout, wake          │ ended                  │ ended
 *                          ▼    │                        ▼                        ▼
 *                        waiting, signed-out ◀───────────────────────────────────────
 *
 * - With EventSource, `ended` leads to `reconnecting`, because an EventSource reconnects automatically. From
 *   `reconnecting`, `stream.open` leads to `replaying`, and a failure leads to `waiting`.
 * - When the server refuses an EventSource, `connecting` leads to `probing`. The result of the probe leads to
 *   `connecting`, `waiting` or `signed-out`.
 * - `stream.unavailable` leads from `connecting` to `ending`. In `ending`, `ended` has the same effect as in `live`.
 * - When an open stream times out, the next state is `connecting`. In every state, `reopen` leads to `connecting` and
 *   `close` leads to `closed`.
 * - When a stream does not open in time, or when two streams in a row became silent, the effect `find` checks whether
 *   something holds the streams back. If so, `wake` leads to `connecting`, and another transport is used.
 */
import {Problem} from '../board/problem.ts'
import {backoffMs, isAway} from './backoff.ts'
import type {BoardEvent, ResetReason, StreamEvent} from './contract.ts'
import {graceMs, leastRetryMs, openTimeoutMs, silentHeartbeats, suspectAgainMs, suspectMs} from './limits.ts'
import {call, type Events} from './machine.ts'
import type {Wanted} from './selection.ts'
import {isSignedOut} from './signed-out.ts'
import type {EventPlace, Status} from './task-stream.ts'
import type {StreamEnd} from './transport.ts'

/** A notification from a stream to its listener. Notifications are delivered in order. */
export type Notification =
  | [name: 'event', event: BoardEvent, place: EventPlace]
  /**
   * Every event up to `cursor` has been delivered. `checkedAt` is the time when the server last read the log for this
   * stream (RFC 3339).
   */
  | [name: 'progress', cursor: string, checkedAt?: string | undefined]
  /** The server cannot deliver the events after the stream's previous cursor. The stream continues from `cursor`. */
  | [name: 'reset', reason: ResetReason, cursor: string]
  /**
   * This status is never `reconnecting`. If the stream was live before, `receive.ts` replaces `connecting` with
   * `reconnecting`.
   */
  | [name: 'status', status: Status, isPolling?: boolean | undefined]
  /** A connection failed. The stream will open another connection. */
  | [name: 'error', error: unknown]

type Phase =
  | 'closed'
  | 'connecting'
  | 'replaying'
  | 'live'
  | 'ending'
  | 'reconnecting'
  | 'probing'
  | 'waiting'
  | 'signed-out'

export interface ConnectionState {
  phase: Phase
  /** The cursor after which the stream resumes. When `cursor` is undefined, the stream starts at the current head. */
  cursor: string | undefined
  wanted: Wanted
  status: Status
  /** When no message arrives for this number of milliseconds, an open connection is treated as dead. */
  silenceMs?: number
  /** The number of consecutive failures. */
  failures: number
  /** Whether the server has refused credentials since the last `stream.open`. */
  wasRefused?: boolean
  /**
   * Whether a planned move to another connection is in progress. The status changes only if the move takes longer than
   * `graceMs`.
   */
  isMoving?: boolean
  /** Whether `getToken` is set. If `getToken` is set, a refused token can be replaced. */
  hasGetToken: boolean
  /** Whether to use fetch. Unlike EventSource, fetch can read the reason why the server refuses a request. */
  needsFetch?: boolean
  /** Whether the current connection is a long poll. Set when the connection opens. */
  isPolling?: boolean | undefined
  /** Whether the connection has opened, or `find` has checked whether something holds the stream back. */
  isSettled?: boolean
  /** The number of consecutive streams that became silent after they had opened. */
  silences: number
  /**
   * False when the browser reports that it has no network. `connection.ts` updates `isOnline` before each transition.
   */
  isOnline?: boolean
  /** Whether the page is visible. `connection.ts` updates `isVisible` before each transition. */
  isVisible?: boolean
  /**
   * The effects of the last transition. Notifications are at the end of the list, because a listener may start another
   * transition.
   */
  effects?: ConnectionEffect[]
}

/**
 * An effect that `connection.ts` performs. A change of the status is not an effect. `connection.ts` reports such a
 * change after it has performed all effects.
 */
export type ConnectionEffect =
  | Exclude<Notification, ['status', ...unknown[]]>
  /** Open a connection. If `isRefused` is true, request a new token from `getToken` first. */
  | [name: 'connect', isRefused?: boolean | undefined]
  /** Close the connection, if there is one. */
  | [name: 'disconnect']
  /** Call `GET /me`, then send `probed` with the result. */
  | [name: 'probe']
  /** Check whether something holds the stream back. If so, choose another transport and send `wake`. */
  | [name: 'find']
  /** Send `graceOver` after this number of milliseconds. */
  | [name: 'grace', milliseconds: number]
  /**
   * Send `timeout` when no `feed` effect occurs for this number of milliseconds. A random time of up to `jitterMs` is
   * added to this number.
   */
  | [name: 'start', milliseconds: number, jitterMs?: number]
  /** A message has arrived, so the time limit starts again. */
  | [name: 'feed']
  /** The connection may be broken, so use half of the time limit until the next `feed` effect occurs. */
  | [name: 'suspect']
  /** Cancel the timeout. */
  | [name: 'stop']
  /** Cancel `graceOver`. */
  | [name: 'close']

type Draft = ConnectionState

const transitions = {
  reopen(draft: Draft, wanted: Wanted, cursor: string | undefined): void {
    draft.wanted = wanted
    draft.cursor = cursor
    startMove(draft)
    open(draft)
  },
  message(draft: Draft, message: BoardEvent | StreamEvent, id: string): void {
    act(draft, 'feed')
    const receive = messages[message.type as keyof typeof messages] ?? deliver
    receive(draft, message as never, id)
  },
  /** The connection ended or could not be opened. */
  ended(draft: Draft, {refused, retry = 0, error}: StreamEnd): void {
    if (isConnecting(draft)) {
      if (refused) end(draft, 'probing', 'probe')
      else fail(draft, error)
    } else {
      draft.silences = 0
      lose(draft)
      if (refused === false) {
        draft.phase = 'reconnecting'
        act(draft, 'start', openTimeoutMs)
      } else {
        end(draft, 'waiting', 'start', Math.max(leastRetryMs, retry))
      }
    }
  },
  /**
   * The time limit of the watchdog has passed. `isHalf` is true when the watchdog used half of the limit. Half of the
   * limit does not prove that a stream became silent.
   */
  timeout(draft: Draft, isHalf?: boolean): void {
    if (!isConnecting(draft)) {
      if (!isWaiting(draft)) {
        lose(draft)
        if (!isHalf) draft.silences++
      }
      open(draft, draft.phase === 'signed-out')
      if (draft.silences > 1) act(draft, 'find')
    } else if (draft.isSettled) {
      fail(draft)
    } else if (isHalf) {
      act(draft, 'start', suspectLimit(draft) / 2)
    } else {
      draft.isSettled = true
      act(draft, 'start', openTimeoutMs - suspectLimit(draft))
      act(draft, 'find')
    }
  },
  /**
   * The connection may be broken, for example because the page was frozen. If `mustReconnect` is true, a new connection
   * replaces the current connection immediately.
   */
  wake(draft: Draft, mustReconnect?: boolean): void {
    if (mustReconnect || isWaiting(draft) || draft.phase === 'reconnecting') open(draft)
    else act(draft, 'suspect')
  },
  /**
   * The browser reports that it has no network. A probe checks whether the server is reachable anyway, for example
   * because the server runs on the same machine.
   */
  offline(draft: Draft): void {
    act(draft, 'probe')
  },
  /**
   * The result of the probe `GET /me`. A probe is sent in two cases: the server refused an EventSource, or the browser
   * reports that it has no network. `error` is set when the probe failed.
   */
  probed(draft: Draft, error?: unknown): void {
    if (draft.phase !== 'probing') {
      if (error && !(error instanceof Problem)) fail(draft, error)
    } else if (error) {
      fail(draft, error)
    } else if (draft.wasRefused) {
      // The credentials are valid, so the server refused the request for another reason. The next attempt uses fetch,
      // which can read this reason.
      draft.needsFetch = true
      backOff(draft)
    } else {
      // The credentials are valid now. The refused request may have contained expired credentials.
      draft.wasRefused = true
      open(draft)
    }
  },
  graceOver(draft: Draft): void {
    if (draft.isMoving) disconnect(draft)
  },
  close(draft: Draft): void {
    draft.isMoving = false
    end(draft, 'closed', 'close')
  },
}

export type ConnectionEvent = Events<typeof transitions>

/** Returns the next state. The caller must perform the `effects` of the next state in the order of the list. */
export function transition(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const draft = {...state, effects: []}
  call(transitions, event, draft)
  return draft
}

type Message<Type> = Extract<StreamEvent, {type: Type}>

/** A long poll has no `stream.open`. `long-poll.ts` therefore creates this message, and sets `isPolling`. */
type Opening = Message<'stream.open'> & {isPolling?: boolean}

const messages = {
  /**
   * When the server cannot deliver the events after the requested cursor, `stream.open` has another cursor, and a reset
   * follows. The state keeps the old cursor until the reset arrives. If the connection breaks before the reset, the
   * next connection requests the old cursor again.
   */
  'stream.open'(draft: Draft, {heartbeat_seconds, cursor, isPolling}: Opening): void {
    const silenceMs = silentHeartbeats * heartbeat_seconds * 1_000
    const opened = {silenceMs, isPolling, failures: 0, wasRefused: false, isSettled: true}
    Object.assign(draft, {phase: 'replaying', ...opened})
    act(draft, 'start', silenceMs)
    if (!draft.cursor || draft.cursor === 'earliest') advance(draft, cursor)
  },
  'stream.reset'(draft: Draft, {reason, cursor}: Message<'stream.reset'>): void {
    draft.cursor = cursor
    act(draft, 'reset', reason, cursor)
  },
  'stream.ready'(draft: Draft, {timestamp}: Message<'stream.ready'>, id: string): void {
    draft.phase = 'live'
    show(draft, 'live')
    advance(draft, id, timestamp)
  },
  'stream.heartbeat'(draft: Draft, {checked_at}: Message<'stream.heartbeat'>, id: string): void {
    draft.silences = 0
    advance(draft, id, checked_at)
  },
  'stream.revoked': startMove,
  'stream.expired': startMove,
  'stream.drain': startMove,
  /**
   * A new connection with a new token replaces the current connection. When the event `stream.expiring` arrives before
   * the stream is live, the client ignores the event and uses the current connection until this connection ends. In
   * this case, the token had less than a minute left when the connection opened, and a new token would probably end at
   * nearly the same time.
   */
  'stream.expiring'(draft: Draft): void {
    if (draft.phase !== 'live') return
    startMove(draft)
    open(draft, true)
  },
  'stream.unavailable'(draft: Draft): void {
    draft.phase = 'ending'
    disconnect(draft)
  },
}

function deliver(draft: Draft, event: BoardEvent, cursor: string): void {
  draft.cursor = cursor
  act(draft, 'event', event, {cursor, isReplay: draft.phase !== 'live'})
}

function advance(draft: Draft, cursor: string, checkedAt?: string): void {
  draft.cursor = cursor
  act(draft, 'progress', cursor, checkedAt)
}

function refuse(draft: Draft): void {
  if (draft.hasGetToken && !draft.wasRefused) {
    draft.wasRefused = true
    open(draft, true)
  } else {
    show(draft, 'signed-out')
    backOff(draft, 'signed-out')
  }
}

function fail(draft: Draft, error: unknown = new Error('No response')): void {
  if (isSignedOut(error)) {
    refuse(draft)
  } else {
    disconnect(draft)
    backOff(draft, 'waiting', draft.isVisible && isAway(error))
    act(draft, 'error', error)
  }
}

function backOff(draft: Draft, phase: Phase = 'waiting', isQuick?: boolean): void {
  end(draft, phase, 'start', ...backoffMs(++draft.failures, isQuick))
}

function open(draft: Draft, isRefused?: boolean): void {
  draft.isSettled = false
  end(draft, 'connecting', 'start', suspectLimit(draft))
  act(draft, 'connect', isRefused)
}

function suspectLimit({silenceMs}: Draft): number {
  return silenceMs ? suspectAgainMs : suspectMs
}

/** Ends the current attempt. */
function end(draft: Draft, phase: Phase, ...effect: ConnectionEffect): void {
  draft.phase = phase
  act(draft, 'stop')
  act(draft, 'disconnect')
  act(draft, ...effect)
}

function isConnecting({phase}: Draft): boolean {
  return phase.endsWith('connecting') // matches the phases `connecting` and `reconnecting`
}

function isWaiting({phase}: Draft): boolean {
  return phase === 'waiting' || phase === 'signed-out'
}

function startMove(draft: Draft): void {
  draft.isMoving = draft.status === 'live'
  act(draft, 'grace', graceMs)
}

/** Changes the status to `connecting` or `offline`. During a planned move, the status does not change. */
function lose(draft: Draft): void {
  if (!draft.isMoving) disconnect(draft)
}

function disconnect(draft: Draft): void {
  show(draft, draft.isOnline ? 'connecting' : 'offline')
}

function show(draft: Draft, status: Status): void {
  draft.status = status
  draft.isMoving = false
}

function act(draft: Draft, ...effect: ConnectionEffect): void {
  draft.effects!.push(effect)
}
