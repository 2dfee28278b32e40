// The rules by which tabs share a connection: no time, no channel, no page.
import test from 'ava'
import {hasGap, include, leaderSilence, type Subscription} from '../../src/client/sharing.ts'

const sprints = (cursor: string | undefined, ...ids: string[]): Subscription => [
  {topics: ['tasks'], sprint_id: ids},
  cursor,
]
const update = ['progress', 'e-9'] as const

test('a follower that wants another sprint widens the connection', t => {
  t.deepEqual(include(sprints('e-5', 'a'), sprints('e-5', 'b')), sprints('e-5', 'a', 'b'))
})

test('a follower with an earlier cursor moves the connection back', t => {
  t.deepEqual(include(sprints('e-5', 'a'), sprints('e-3', 'a')), sprints('e-3', 'a'))
  t.deepEqual(include(sprints('e-5', 'a'), sprints('earliest', 'a')), sprints('earliest', 'a'))
})

test('a follower that the connection serves already changes nothing', t => {
  const shared = sprints('e-5', 'a', 'b')
  for (const follower of [sprints('e-9', 'a'), sprints('e-5', 'b'), sprints(undefined, 'a', 'b')]) {
    t.is(include(shared, follower), shared)
  }
})

test('an update that follows the cursor of a tab, or one before it, leaves no gap', t => {
  t.falsy(hasGap('e-5', 'e-5', [...update]))
  t.falsy(hasGap('e-5', 'e-3', [...update]))
  t.truthy(hasGap('e-5', 'e-6', [...update]), 'event 6 is missing')
  t.truthy(hasGap('e-5', 'f-5', [...update]), 'another epoch')
})

test('a tab without a cursor has no gap, and a reset makes up for one', t => {
  t.falsy(hasGap(undefined, 'e-6', [...update]))
  t.falsy(hasGap('earliest', 'e-6', [...update]))
  t.falsy(hasGap('e-5', undefined, [...update]))
  t.falsy(hasGap('e-5', 'e-9', ['reset', 'expired', 'e-9']))
})

test('a live leader is silent for 2.5 heartbeats at most, and another for as long as its attempts take', t => {
  const leader = {status: 'live', silenceMs: 25_000, isHidden: false} as const
  t.is(leaderSilence(leader, false), 25_000)
  t.is(leaderSilence({...leader, status: 'connecting'}, false), 75_000)
})

test('a tab in sight does not wait for a hidden leader to reconnect', t => {
  const hidden = {status: 'connecting', silenceMs: 25_000, isHidden: true} as const
  t.is(leaderSilence(hidden, false), 3_000)
  t.is(leaderSilence(hidden, true), 75_000)
})
