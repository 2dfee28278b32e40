// The transitions of one stream: no time, no network, no page. README's table says what they are for.
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
const reopen: ConnectionEvent = ['reopen', wanted, 'e-1']
const goLive = [reopen, opened, ready]
const refused: ConnectionEvent = ['ended', {refused: true}]
const broken: ConnectionEvent = ['ended', {retry: 700}]

/** The state after the events. */
function after(events: ConnectionEvent[], from: Partial<ConnectionState> = {}): ConnectionState {
  return events.reduce(transition, {...initial, ...from})
}

/** What the last transition asks for: effects of this name. */
function asked(state: ConnectionState, name: ConnectionEffect[0]): ConnectionEffect[] {
  return state.effects!.filter(effect => effect[0] === name)
}

test('a transition does not change the state that it is given', t => {
  const before = Object.freeze(after(goLive))
  const copy = structuredClone(before)
  transition(before, broken)
  t.deepEqual(before, copy)
})

test('opening starts the watchdog and connects, and stream.open and stream.ready lead to live', t => {
  const opening = after([reopen])
  t.is(opening.phase, 'connecting')
  t.deepEqual(asked(opening, 'start'), [['start', 20_000]])
  t.is(asked(opening, 'connect').length, 1)
  const replaying = after([reopen, opened])
  t.like(replaying, {phase: 'replaying', status: 'connecting'})
  t.deepEqual(asked(replaying, 'start'), [['start', 25_000]], '2.5 heartbeats')
  t.like(after(goLive), {phase: 'live', status: 'live'})
})

test('an event is a replay before stream.ready, and moves the cursor', t => {
  const event = message('task.deleted', 'e-2')
  const replayed = after([reopen, opened, event])
  t.is(replayed.cursor, 'e-2')
  t.deepEqual(replayed.effects!.at(-1), ['event', event[1] as BoardEvent, {cursor: 'e-2', isReplay: true}])
  t.like(after([...goLive, event]).effects!.at(-1), {2: {isReplay: false}})
})

test('a heartbeat moves the cursor and reports when the log was read', t => {
  const state = after([...goLive, message('stream.heartbeat', 'e-9', {checked_at: timestamp})])
  t.is(state.cursor, 'e-9')
  t.deepEqual(asked(state, 'progress'), [['progress', 'e-9', timestamp]])
})

test('a stream that ends waits for as long as the server asks, but at least half a second', t => {
  const state = after([...goLive, broken])
  t.like(state, {phase: 'waiting', status: 'connecting'})
  t.deepEqual(asked(state, 'start'), [['start', 700]])
  t.deepEqual(asked(state, 'error'), [])
  t.deepEqual(asked(after([...goLive, ['ended', {}]]), 'start'), [['start', 500]])
  t.like(after([...goLive, broken, ['timeout']]), {phase: 'connecting', cursor: 'e-1'})
})

test('an EventSource that reconnects on its own is left alone, and watched', t => {
  const state = after([...goLive, ['ended', {refused: false}]])
  t.like(state, {phase: 'reconnecting', status: 'connecting'})
  t.deepEqual(asked(state, 'disconnect'), [])
  t.deepEqual(asked(state, 'start'), [['start', 20_000]])
  t.like(transition(transition(state, opened), ready), {phase: 'live', status: 'live'})
  t.like(transition(state, ['timeout']), {phase: 'waiting', failures: 1})
  t.is(transition(state, ['wake']).phase, 'connecting')
})

test('during a planned move the status stays live, until the grace period is over', t => {
  for (const move of [drain, reopen]) {
    const moving = after([...goLive, move])
    t.is(moving.status, 'live')
    t.deepEqual(asked(moving, 'grace'), [['grace', 2_000]])
    t.is(after([...goLive, move, ['graceOver']]).status, 'connecting')
  }
  t.is(after([...goLive, drain, broken, ['timeout']]).status, 'live')
  const back = after([...goLive, drain, broken, ['timeout'], opened, ready])
  t.is(transition(back, ['graceOver']).status, 'live', 'a late end of the grace period changes nothing')
  t.is(
    after([...goLive, drain, ['ended', {}], ['timeout'], ['timeout']]).status,
    'connecting',
    'a failure is shown',
  )
})

test('stream.unavailable is no error: the next attempt follows when retry says so', t => {
  const state = after([reopen, message('stream.unavailable'), ['ended', {retry: 5_000}]])
  t.like(state, {phase: 'waiting', failures: 0, cursor: 'e-1'})
  t.deepEqual(asked(state, 'start'), [['start', 5_000]])
  t.deepEqual(asked(state, 'error'), [])
})

test('a failure is reported, and the backoff grows until a stream opens', t => {
  const error = new TypeError('fetch failed')
  const failed: ConnectionEvent = ['ended', {error}]
  const once = after([reopen, failed])
  t.like(once, {phase: 'waiting', status: 'connecting', failures: 1})
  t.deepEqual(asked(once, 'error'), [['error', error]])
  t.deepEqual(asked(once, 'start'), [['start', 50, 1_000]])
  t.deepEqual(asked(after([reopen, failed, ['timeout'], failed]), 'start'), [['start', 50, 2_000]])
  t.is(after([reopen, failed, ['timeout'], opened]).failures, 0)
})

test('no response within 20 s, 5xx and a wrong request are failures, not a sign-out', t => {
  t.like(after([reopen, ['timeout']]), {phase: 'waiting', failures: 1})
  for (const error of [unavailable, invalid]) {
    const state = after([reopen, ['ended', {error}]])
    t.like(state, {phase: 'waiting', status: 'connecting'})
    t.deepEqual(asked(state, 'error'), [['error', error]])
  }
})

test('a refused token is replaced at once; refused again, the status is signed-out and the next token is new', t => {
  const unauthorized: ConnectionEvent = ['ended', {error: signedOut}]
  const replaced = after([reopen, unauthorized])
  t.is(replaced.phase, 'connecting')
  t.deepEqual(asked(replaced, 'connect'), [['connect', true]])
  const twice = transition(replaced, unauthorized)
  t.like(twice, {phase: 'signed-out', status: 'signed-out'})
  t.deepEqual(asked(twice, 'error'), [])
  t.deepEqual(asked(transition(twice, ['timeout']), 'connect'), [['connect', true]])
  t.is(after([reopen, unauthorized, opened]).wasRefused, false, 'an open stream allows another replacement')
})

test('without getToken a refusal is signed-out at once, and wake cuts the wait short', t => {
  const state = after([reopen, ['ended', {error: signedOut}]], {hasGetToken: false})
  t.is(state.phase, 'signed-out')
  t.is(transition(state, ['wake', true]).phase, 'connecting')
})

test('an EventSource that is refused asks GET /me for the reason', t => {
  const probing = after([reopen, refused])
  t.is(probing.phase, 'probing')
  t.is(asked(probing, 'probe').length, 1)
  t.deepEqual(asked(transition(probing, ['probed', signedOut]), 'connect'), [['connect', true]])
  t.like(transition(probing, ['probed', unavailable]), {phase: 'waiting', failures: 1})
})

test('valid credentials are tried once more, and then fetch reads why the request is refused', t => {
  const again = after([reopen, refused, ['probed']])
  t.is(again.phase, 'connecting')
  const wrong = after([reopen, refused, ['probed'], refused, ['probed']])
  t.like(wrong, {phase: 'waiting', needsFetch: true, failures: 1})
})

test('silence on an open stream reconnects at once, without an error', t => {
  const state = after([...goLive, ['timeout']])
  t.like(state, {phase: 'connecting', status: 'connecting'})
  t.deepEqual(asked(state, 'error'), [])
})

test('wake makes the watchdog suspicious while open, and cuts a wait short', t => {
  t.deepEqual(after([...goLive, ['wake']]).effects, [['suspect']])
  t.is(after([...goLive, broken, ['wake']]).phase, 'connecting')
  t.like(after([...goLive, ['wake', true]]), {phase: 'connecting', status: 'live'})
})

test('when the network is gone, GET /me shows whether the server is still reachable', t => {
  const asking = after([...goLive, ['offline']])
  t.deepEqual(asking.effects, [['probe']])
  t.is(transition(asking, ['probed']).phase, 'live')
  t.is(transition(asking, ['probed', unavailable]).phase, 'live')
  const gone = transition({...asking, isOnline: false}, ['probed', new TypeError('fetch failed')])
  t.like(gone, {phase: 'waiting', status: 'offline'})
})

test('between stream.open and the reset the old cursor is kept', t => {
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

test('without a cursor, or from the earliest, stream.open sets it', t => {
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
