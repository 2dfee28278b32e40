// Tests the rules by which tabs share a connection. These tests use no clock, no BroadcastChannel and no page.
import test from 'ava'
import {hasGap, include, leaderSilence, type Subscription} from '../../src/client/sharing.ts'

const sprints = (cursor: string | undefined, ...ids: string[]): Subscription => [
  {topics: ['tasks'], sprint_id: ids},
  cursor,
]
const update = ['progress', 'e-9'] as const

test('when a follower selects another sprint, the sprint is added to the selection of the shared connection', t => {
  t.deepEqual(include(sprints('e-5', 'a'), sprints('e-5', 'b')), sprints('e-5', 'a', 'b'))
})

test('when the cursor of a follower is earlier than the cursor of the shared connection, the shared connection starts again from the earlier cursor', t => {
  t.deepEqual(include(sprints('e-5', 'a'), sprints('e-3', 'a')), sprints('e-3', 'a'))
  t.deepEqual(include(sprints('e-5', 'a'), sprints('earliest', 'a')), sprints('earliest', 'a'))
})

test('when the shared connection already covers the selection and the cursor of a follower, the follower changes nothing', t => {
  const shared = sprints('e-5', 'a', 'b')
  for (const follower of [sprints('e-9', 'a'), sprints('e-5', 'b'), sprints(undefined, 'a', 'b')]) {
    t.is(include(shared, follower), shared)
  }
})

test('there is no gap when an update starts at the cursor of the tab or at an earlier cursor', t => {
  t.falsy(hasGap('e-5', 'e-5', [...update]))
  t.falsy(hasGap('e-5', 'e-3', [...update]))
  t.truthy(hasGap('e-5', 'e-6', [...update]), 'event 6 is missing')
  t.truthy(hasGap('e-5', 'f-5', [...update]), 'the epochs differ')
})

test('there is no gap when the tab has no cursor or the update is a reset', t => {
  t.falsy(hasGap(undefined, 'e-6', [...update]))
  t.falsy(hasGap('earliest', 'e-6', [...update]))
  t.falsy(hasGap('e-5', undefined, [...update]))
  t.falsy(hasGap('e-5', 'e-9', ['reset', 'expired', 'e-9']))
})

test('a live leader is replaced after 2.5 heartbeat intervals of silence, and a leader that is not live is replaced after 75 seconds of silence', t => {
  const leader = {status: 'live', silenceMs: 25_000, isHidden: false} as const
  t.is(leaderSilence(leader, false), 25_000)
  t.is(leaderSilence({...leader, status: 'connecting'}, false), 75_000)
})

test('a visible tab waits only 3 seconds for a hidden leader that is reconnecting', t => {
  const hidden = {status: 'connecting', silenceMs: 25_000, isHidden: true} as const
  t.is(leaderSilence(hidden, false), 3_000)
  t.is(leaderSilence(hidden, true), 75_000)
})
