// Tests the transitions of one stream, without time, network or page.
// The table of failures in docs/client.md describes the purpose of each transition.
import test from 'ava'
import type {BoardEvent} from '../../src/board/events.ts'
import {Problem} from '../../src/board/problem.ts'
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  transition,
} from '../../src/client/connection-state.ts'

const wanted = {topics: ['tasks']}
const timestamp = '2026-03-02T09:30:00.125Z'
const signedOut = new Problem('invalid-token', 'Refused.', {status: 401})
const unavailable = new Problem('store-unavailable', 'Refused.', {status: 503})
const invalid = new Problem('invalid-request', 'Refused.', {status: 400})

const initial: ConnectionState = {
  phase: 'closed',
  cursor: 'e-1',
  wanted,
  status: 'connecting',
  failures: 0,
  silences: 0,
  hasGetToken: true,
  isOnline: true,
}

const message = (type: string, id = '', data: object = {}): ConnectionEvent => [
  'message',
  {type, timestamp, ...data} as unknown as BoardEvent,
  id,
]
const opened = message('stream.open', 'e-1', {cursor: 'e-1', heartbeat_seconds: 10})
const ready = message('stream.ready', 'e-1')
const drain = message('stream.drain', 'e-1')
const expiring = message('stream.expiring', '', {expires_at: timestamp})
const expired = message('stream.expired', 'e-1')
const removed = new Problem('member-removed', 'Removed', {status: 403})
const reopen: ConnectionEvent = ['reopen', wanted, 'e-1']
const goLive = [reopen, opened, ready]
const refused: ConnectionEvent = ['ended', {refused: true}]
const broken: ConnectionEvent = ['ended', {retry: 700}]

/** Returns the state after the events. */
function after(events: ConnectionEvent[], from: Partial<ConnectionState> = {}): ConnectionState {
  return events.reduce(transition, {...initial, ...from})
}

/** Returns all effects with the given name from the last transition. */
function asked(state: ConnectionState, name: ConnectionEffect[0]): ConnectionEffect[] {
  return state.effects!.filter(effect => effect[0] === name)
}

test('after stream.revoked, the client reconnects in the same way as after stream.drain, and the cursor does not change', t => {
  const revoked = message('stream.revoked', '', {reason: 'signed-out'})
  for (const before of [goLive, [reopen, opened], [reopen]]) {
    const state = after([...before, revoked])
    t.is(state.cursor, 'e-1')
    t.deepEqual(asked(state, 'event'), [])
  }
  const refusedLater = after(
    [...goLive, revoked, ['ended', {retry: 700}], ['timeout'], ['ended', {error: removed}]],
    {hasGetToken: false},
  )
  t.like(refusedLater, {phase: 'signed-out', status: 'signed-out'}, 'a removed member is signed out')
})

test('a transition does not modify the given state', t => {
  const before = Object.freeze(after(goLive))
  const copy = structuredClone(before)
  transition(before, broken)
  t.deepEqual(before, copy)
})

test('when a stream is opened, the watchdog starts and the client connects; after stream.open and stream.ready, the status is live', t => {
  const opening = after([reopen])
  t.is(opening.phase, 'connecting')
  t.deepEqual(asked(opening, 'start'), [['start', 2_000]])
  t.is(asked(opening, 'connect').length, 1)
  const replaying = after([reopen, opened])
  t.like(replaying, {phase: 'replaying', status: 'connecting'})
  t.deepEqual(asked(replaying, 'start'), [['start', 25_000]], '2.5 heartbeats')
  t.like(after(goLive), {phase: 'live', status: 'live'})
})

test('an event that arrives before stream.ready is marked as a replay, and every event moves the cursor', t => {
  const event = message('task.deleted', 'e-2')
  const replayed = after([reopen, opened, event])
  t.is(replayed.cursor, 'e-2')
  t.deepEqual(replayed.effects!.at(-1), ['event', event[1] as BoardEvent, {cursor: 'e-2', isReplay: true}])
  t.like(after([...goLive, event]).effects!.at(-1), {2: {isReplay: false}})
})

test('a heartbeat moves the cursor and reports the time of the last read of the log', t => {
  const state = after([...goLive, message('stream.heartbeat', 'e-9', {checked_at: timestamp})])
  t.is(state.cursor, 'e-9')
  t.deepEqual(asked(state, 'progress'), [['progress', 'e-9', timestamp]])
})

test('after a stream ends, the client waits for the retry delay of the server, but at least half a second', t => {
  const state = after([...goLive, broken])
  t.like(state, {phase: 'waiting', status: 'connecting'})
  t.deepEqual(asked(state, 'start'), [['start', 700]])
  t.deepEqual(asked(state, 'error'), [])
  t.deepEqual(asked(after([...goLive, ['ended', {}]]), 'start'), [['start', 500]])
  t.like(after([...goLive, broken, ['timeout']]), {phase: 'connecting', cursor: 'e-1'})
})

test('while an EventSource reconnects, the client waits; after a timeout, the client opens a new connection', t => {
  const state = after([...goLive, ['ended', {refused: false}]])
  t.like(state, {phase: 'reconnecting', status: 'connecting'})
  t.deepEqual(asked(state, 'disconnect'), [])
  t.deepEqual(asked(state, 'start'), [['start', 20_000]])
  t.like(transition(transition(state, opened), ready), {phase: 'live', status: 'live'})
  t.like(transition(state, ['timeout']), {phase: 'waiting', failures: 1})
  t.is(transition(state, ['wake']).phase, 'connecting')
})

test('during a planned reconnect, the status stays live until the grace period ends', t => {
  for (const move of [drain, reopen]) {
    const moving = after([...goLive, move])
    t.is(moving.status, 'live')
    t.deepEqual(asked(moving, 'grace'), [['grace', 2_000]])
    t.is(after([...goLive, move, ['graceOver']]).status, 'connecting')
  }
  t.is(after([...goLive, drain, broken, ['timeout']]).status, 'live')
  const back = after([...goLive, drain, broken, ['timeout'], opened, ready])
  t.is(
    transition(back, ['graceOver']).status,
    'live',
    'when the stream is live again, the end of the grace period changes nothing',
  )
  t.is(
    after([...goLive, drain, ['ended', {}], ['timeout'], ['timeout'], ['timeout']]).status,
    'connecting',
    'a failed attempt changes the status',
  )
})

test('stream.unavailable is not an error, and the client reconnects after the retry delay', t => {
  const state = after([reopen, message('stream.unavailable'), ['ended', {retry: 5_000}]])
  t.like(state, {phase: 'waiting', failures: 0, cursor: 'e-1'})
  t.deepEqual(asked(state, 'start'), [['start', 5_000]])
  t.deepEqual(asked(state, 'error'), [])
})

test('a failure is reported, and the backoff increases until a stream opens', t => {
  const error = new TypeError('fetch failed')
  const failed: ConnectionEvent = ['ended', {error}]
  const once = after([reopen, failed])
  t.like(once, {phase: 'waiting', status: 'connecting', failures: 1})
  t.deepEqual(asked(once, 'error'), [['error', error]])
  t.deepEqual(asked(once, 'start'), [['start', 50, 1_000]])
  t.deepEqual(asked(after([reopen, failed, ['timeout'], failed]), 'start'), [['start', 50, 2_000]])
  t.is(after([reopen, failed, ['timeout'], opened]).failures, 0)
})

test('while the page is visible and the server is away, the delay stays short; a refusal has the usual delays', t => {
  const tries = (error: unknown, isVisible: boolean) => {
    const state = {...after([reopen]), failures: 5, isVisible}
    return asked(transition(state, ['ended', {error}]), 'start')
  }
  const refusal = new Problem('role-insufficient', '', {status: 403})
  t.deepEqual(tries(new TypeError('fetch failed'), true), [['start', 50, 2_000]])
  t.deepEqual(tries(new TypeError('fetch failed'), false), [['start', 50, 30_000]])
  t.deepEqual(tries(refusal, true), [['start', 50, 30_000]])
})

test('when a stream does not open within 2 s, the client checks whether something holds the stream back; after 20 s, the attempt has failed', t => {
  const suspicious = after([reopen, ['timeout']])
  t.like(suspicious, {phase: 'connecting', failures: 0})
  t.deepEqual(suspicious.effects, [['start', 18_000], ['find']])
  t.like(transition(suspicious, ['timeout']), {phase: 'waiting', failures: 1})
  const other = transition(suspicious, ['wake', true])
  t.is(other.phase, 'connecting')
  t.is(asked(other, 'connect').length, 1, 'the next attempt uses another transport')
  t.deepEqual(asked(transition(other, ['timeout']), 'find'), [['find']])
})

test('a stream that has opened before may open later: the client checks after 10 s', t => {
  const again = after([...goLive, broken, ['timeout']])
  t.deepEqual(asked(again, 'start'), [['start', 10_000]])
  t.deepEqual(transition(again, ['timeout']).effects, [['start', 10_000], ['find']])
  t.is(after([['timeout'], ['timeout']], again).failures, 1)
})

test('when two streams in a row become silent after they have opened, the client checks whether something holds the streams back', t => {
  const heartbeat = message('stream.heartbeat', 'e-2', {checked_at: timestamp})
  const silentOnce = after([...goLive, ['timeout', false]])
  t.deepEqual(asked(silentOnce, 'find'), [])
  const silentTwice = after([opened, ready, ['timeout', false]], silentOnce)
  t.is(silentTwice.phase, 'connecting')
  t.deepEqual(asked(silentTwice, 'find'), [['find']])
  t.deepEqual(asked(after([opened, ready, heartbeat, ['timeout', false]], silentOnce), 'find'), [])
  t.deepEqual(asked(after([opened, ready, broken, ['timeout'], opened, ['timeout']], silentOnce), 'find'), [])
  const slept = after([opened, ready, ['timeout', true]], silentOnce)
  t.deepEqual(asked(slept, 'find'), [], 'after a sleep, the watchdog uses half of the limit')
})

test('a message of a long poll sets `isPolling`, and the message of a stream unsets it', t => {
  const data = {cursor: 'e-1', heartbeat_seconds: 25, isPolling: true}
  const polling = after([reopen, message('stream.open', 'e-1', data)])
  t.true(polling.isPolling)
  t.falsy(after([broken, ['timeout'], opened], polling).isPolling)
})

test('a timeout, a 5xx response and an invalid request are failures, and the status does not become signed-out', t => {
  t.like(after([reopen, ['timeout'], ['timeout']]), {phase: 'waiting', failures: 1})
  for (const error of [unavailable, invalid]) {
    const state = after([reopen, ['ended', {error}]])
    t.like(state, {phase: 'waiting', status: 'connecting'})
    t.deepEqual(asked(state, 'error'), [['error', error]])
  }
})

test('a refused token is replaced immediately; when the new token is also refused, the status is signed-out', t => {
  const unauthorized: ConnectionEvent = ['ended', {error: signedOut}]
  const replaced = after([reopen, unauthorized])
  t.is(replaced.phase, 'connecting')
  t.deepEqual(asked(replaced, 'connect'), [['connect', true]])
  const twice = transition(replaced, unauthorized)
  t.like(twice, {phase: 'signed-out', status: 'signed-out'})
  t.deepEqual(asked(twice, 'error'), [])
  t.deepEqual(asked(transition(twice, ['timeout']), 'connect'), [['connect', true]])
  t.is(
    after([reopen, unauthorized, opened]).wasRefused,
    false,
    'after a stream opened, a refused token is replaced again',
  )
})

test('without getToken, a refusal immediately changes the status to signed-out; the event `wake` starts the next attempt', t => {
  const state = after([reopen, ['ended', {error: signedOut}]], {hasGetToken: false})
  t.is(state.phase, 'signed-out')
  t.is(transition(state, ['wake', true]).phase, 'connecting')
})

test('when an EventSource is refused, the client requests GET /me to find the reason', t => {
  const probing = after([reopen, refused])
  t.is(probing.phase, 'probing')
  t.is(asked(probing, 'probe').length, 1)
  t.deepEqual(asked(transition(probing, ['probed', signedOut]), 'connect'), [['connect', true]])
  t.like(transition(probing, ['probed', unavailable]), {phase: 'waiting', failures: 1})
})

test('when GET /me accepts the credentials of a refused EventSource, the client connects again; after a second refusal, the next attempt uses fetch to find the reason', t => {
  const again = after([reopen, refused, ['probed']])
  t.is(again.phase, 'connecting')
  const wrong = after([reopen, refused, ['probed'], refused, ['probed']])
  t.like(wrong, {phase: 'waiting', needsFetch: true, failures: 1})
})

test('when an open stream is silent for too long, the client reconnects immediately and reports no error', t => {
  const state = after([...goLive, ['timeout']])
  t.like(state, {phase: 'connecting', status: 'connecting'})
  t.deepEqual(asked(state, 'error'), [])
})

test('on an open stream, the event `wake` shortens the limit of the watchdog; while the client waits, the event `wake` makes the client connect', t => {
  t.deepEqual(after([...goLive, ['wake']]).effects, [['suspect']])
  t.is(after([...goLive, broken, ['wake']]).phase, 'connecting')
  t.like(after([...goLive, ['wake', true]]), {phase: 'connecting', status: 'live'})
})

test('when the browser reports that it has no network, the client sends GET /me to check whether the server is reachable', t => {
  const asking = after([...goLive, ['offline']])
  t.deepEqual(asking.effects, [['probe']])
  t.is(transition(asking, ['probed']).phase, 'live')
  t.is(transition(asking, ['probed', unavailable]).phase, 'live')
  const gone = transition({...asking, isOnline: false}, ['probed', new TypeError('fetch failed')])
  t.like(gone, {phase: 'waiting', status: 'offline'})
})

test('when a reset follows stream.open, the cursor does not change before the reset', t => {
  const openBeforeReset = message('stream.open', '', {cursor: 'e-50', heartbeat_seconds: 10})
  t.is(after([reopen, openBeforeReset]).cursor, 'e-1')
  t.is(after([reopen, openBeforeReset, broken]).cursor, 'e-1')
  const reset = after([
    reopen,
    openBeforeReset,
    message('stream.reset', 'e-50', {reason: 'expired', cursor: 'e-50'}),
  ])
  t.is(reset.cursor, 'e-50')
  t.deepEqual(asked(reset, 'reset'), [['reset', 'expired', 'e-50']])
})

test('stream.open sets the cursor of a stream that started without a cursor or from the earliest event', t => {
  for (const cursor of [undefined, 'earliest']) {
    t.is(after([['reopen', wanted, cursor], opened]).cursor, 'e-1')
  }
})

test('a closed stream has no connection, no timeout and no grace period', t => {
  const closed = after([...goLive, drain, ['close']])
  t.like(closed, {phase: 'closed', isMoving: false})
  t.deepEqual(closed.effects, [['stop'], ['disconnect'], ['close']])
  t.deepEqual(transition(closed, ['graceOver']).effects, [])
})

test('a minute before the token ends, the client opens a new connection with a new token, and the status stays live', t => {
  const moving = after([...goLive, expiring])
  t.deepEqual(asked(moving, 'connect'), [['connect', true]])
  t.is(moving.status, 'live')
  t.is(moving.cursor, 'e-1')
  t.like(after([opened, ready], moving), {phase: 'live', status: 'live', isMoving: false})
})

test('when a connection opens with a token that ends within a minute, the client uses this connection until the connection ends', t => {
  const live = after([reopen, opened, expiring, ready])
  t.like(live, {phase: 'live', status: 'live'})
  const ended = after([expired, ['ended', {retry: 700}]], live)
  t.like(ended, {phase: 'waiting', status: 'live', cursor: 'e-1'})
  t.is(after([['timeout'], opened, ready], ended).status, 'live')
})
