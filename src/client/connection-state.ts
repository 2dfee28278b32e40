/**
 * The states of one stream that never gives up: what follows each way in which a connection can fail. README has the
 * table. Everything here is pure; `connection.ts` holds the watchdog and the connection.
 *
 *     closed ──reopen──▶ connecting ──stream.open──▶ replaying ──stream.ready──▶ live
 *                          │    ▲                        │                        │
 *                  failure │    │ timeout, wake          │ ended                  │ ended
 *                          ▼    │                        ▼                        ▼
 *                        waiting, signed-out ◀───────────────────────────────────────
 *
 * - Over EventSource, `ended` leads to `reconnecting` instead: it reconnects on its own. From there `stream.open` leads
 *   to `replaying`, and a failure to `waiting`.
 * - An EventSource that is refused leads from `connecting` to `probing`, and the result to `connecting`, `waiting` or
 *   `signed-out`.
 * - `stream.unavailable` leads from `connecting` to `ending`, and `ended` from there as from `live`.
 * - A timeout of an open stream leads to `connecting`. From every state `reopen` does so, and `close` leads to `closed`.
 */
import type {BoardEvent} from '../board/events.ts'
import {Problem} from '../board/problem.ts'
import type {ResetReason, StreamEvent} from '../board/stream-events.ts'
import {isSignedOut} from './api.ts'
import {backoffMs} from './backoff.ts'
import {graceMs, leastRetryMs, openTimeoutMs, silentHeartbeats} from './limits.ts'
import {call, type Events} from './machine.ts'
import type {Wanted} from './selection.ts'
import type {StreamEnd} from './transport.ts'

/**
 * `connecting`: not live yet. `live`: every event up to now has been delivered. `reconnecting`: it was live before.
 * `offline`: the browser has no network. `signed-out`: the server refused the credentials, and also those that
 * `getToken` returned after that.
 */
export type Status = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'signed-out'

/** The position of an event in the stream. */
export interface EventPlace {
  /** The cursor behind the event. Pass it as `cursor` to resume from here. */
  cursor: string
  /** The event happened before the stream was live. */
  isReplay: boolean
}

/** What a stream delivers, in order. */
export type Notification =
  | [name: 'event', event: BoardEvent, place: EventPlace]
  /** Every event up to `cursor` has been delivered; `checkedAt` is when the server last read the log (RFC 3339). */
  | [name: 'progress', cursor: string, checkedAt?: string | undefined]
  /** The server cannot serve the cursor; the stream continues from this one. */
  | [name: 'reset', reason: ResetReason, cursor: string]
  /** `connecting` stands for `reconnecting` too: only the owner of the stream knows whether it was live before. */
  | [name: 'status', status: Status]
  /** A connection failed; the next attempt follows. */
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
  /** Undefined: live from now. */
  cursor: string | undefined
  wanted: Wanted
  status: Status
  /** An open connection is dead after so many milliseconds without a message. */
  silenceMs?: number
  /** Failures in a row. */
  failures: number
  /** The credentials were refused since the stream was last open. */
  wasRefused?: boolean
  /** A planned move to another connection is under way; it is not shown unless it takes long. */
  isMoving?: boolean
  /** Whether `getToken` can return another token. */
  hasGetToken: boolean
  /** Use fetch, which can read why a request is refused. */
  needsFetch?: boolean
  /** What the browser reports; refreshed before each transition. */
  isOnline?: boolean
  /** What the last transition asks for. Notifications come last: a listener may send another event. */
  effects?: ConnectionEffect[]
}

/** A status that differs from the one before is reported after the effects. */
export type ConnectionEffect =
  | Exclude<Notification, ['status', Status]>
  /** Open a connection for the state; `isRefused`: ask `getToken` for a replacement first. */
  | [name: 'connect', isRefused?: boolean | undefined]
  /** Close the connection, if there is one. */
  | [name: 'disconnect']
  /** Call `GET /me`, and send `probed`. */
  | [name: 'probe']
  /** Send `graceOver` after so many milliseconds. */
  | [name: 'grace', milliseconds: number]
  /** Send `timeout` after so many milliseconds, and up to `jitterMs` more, without `feed`. */
  | [name: 'start', milliseconds: number, jitterMs?: number]
  | [name: 'feed']
  /** Half the time is enough, until the next `feed`. */
  | [name: 'suspect']
  /** No timeout any more. */
  | [name: 'stop']
  /** No `graceOver` any more. */
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
  /** The connection ended, or none could be opened. */
  ended(draft: Draft, {refused, retry = 0, error}: StreamEnd): void {
    if (isConnecting(draft)) {
      if (refused) end(draft, 'probing', 'probe')
      else fail(draft, error)
      return
    }
    lose(draft)
    if (refused === false) {
      draft.phase = 'reconnecting'
      act(draft, 'start', openTimeoutMs)
    } else {
      end(draft, 'waiting', 'start', Math.max(leastRetryMs, retry))
    }
  },
  /** The watchdog's limit has passed. */
  timeout(draft: Draft): void {
    if (isConnecting(draft)) {
      fail(draft)
    } else {
      if (!isWaiting(draft)) lose(draft)
      open(draft, draft.phase === 'signed-out')
    }
  },
  /** Something happened that may have ended the connection; `isCertain`: that most likely has. */
  wake(draft: Draft, isCertain?: boolean): void {
    if (isCertain || isWaiting(draft) || draft.phase === 'reconnecting') open(draft)
    else act(draft, 'suspect')
  },
  /** The browser reports that the network is gone, but a server on this machine may still be reachable. */
  offline(draft: Draft): void {
    act(draft, 'probe')
  },
  /**
   * `GET /me` shows why an EventSource was refused, or whether a browser that reports no network is right. `error` is
   * why it failed.
   */
  probed(draft: Draft, error?: unknown): void {
    if (draft.phase !== 'probing') {
      if (error && !(error instanceof Problem)) fail(draft, error)
    } else if (error) {
      fail(draft, error)
    } else if (draft.wasRefused) {
      // The credentials are valid, so the request itself is at fault. Fetch can read the reason.
      draft.needsFetch = true
      backOff(draft)
    } else {
      // The credentials are valid now; perhaps the refused ones had expired.
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

/** The next state, with the effects to perform in order. */
export function transition(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const draft = {...state, effects: []}
  call(transitions, event, draft)
  return draft
}

type Message<Type> = Extract<StreamEvent, {type: Type}>

const messages = {
  /**
   * The server answers a cursor that it cannot serve with another cursor, and then with a reset. Until the reset has
   * arrived the old cursor stays, so that a connection that breaks between the two asks for it again.
   */
  'stream.open'(draft: Draft, {heartbeat_seconds, cursor}: Message<'stream.open'>): void {
    const silenceMs = silentHeartbeats * heartbeat_seconds * 1_000
    Object.assign(draft, {phase: 'replaying', silenceMs, failures: 0, wasRefused: false})
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
    advance(draft, id, checked_at)
  },
  'stream.drain'(draft: Draft, _: unknown, id: string): void {
    startMove(draft)
    advance(draft, id)
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

function fail(draft: Draft, error: unknown = new Error('No response.')): void {
  if (isSignedOut(error)) {
    refuse(draft)
  } else {
    disconnect(draft)
    backOff(draft)
    act(draft, 'error', error)
  }
}

function backOff(draft: Draft, phase: Phase = 'waiting'): void {
  end(draft, phase, 'start', ...backoffMs(++draft.failures))
}

function open(draft: Draft, isRefused?: boolean): void {
  end(draft, 'connecting', 'start', openTimeoutMs)
  act(draft, 'connect', isRefused)
}

/** Ends the present attempt. */
function end(draft: Draft, phase: Phase, ...effect: ConnectionEffect): void {
  draft.phase = phase
  act(draft, 'stop')
  act(draft, 'disconnect')
  act(draft, ...effect)
}

function isConnecting({phase}: Draft): boolean {
  return phase.endsWith('connecting') // or reconnecting
}

function isWaiting({phase}: Draft): boolean {
  return phase === 'waiting' || phase === 'signed-out'
}

function startMove(draft: Draft): void {
  draft.isMoving = draft.status === 'live'
  act(draft, 'grace', graceMs)
}

/** The stream is not live any more, which is not shown during a planned move. */
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
