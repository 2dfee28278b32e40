import test from 'ava'
import {applyPresence, nobodyPresent, type Presence} from '../../src/board/apply-presence.ts'

const ada = {user_id: 'a', name: 'Ada', task_ids: []}
const bob = {user_id: 'b', name: 'Bob', task_ids: []}
const cid = {user_id: 'c', name: 'Cid', task_ids: []}
const busyBob = {...bob, task_ids: ['t']}

test('a state replaces the presence', t => {
  const state: Presence = {members: [bob], more: 2}
  t.deepEqual(applyPresence({members: [ada], more: 0}, state), state)
  t.deepEqual(applyPresence(nobodyPresent, state), state)
})

test('a change adds, replaces and removes members, and the list stays sorted by id', t => {
  const before: Presence = {members: [ada, bob], more: 1}
  const change = {joined: [cid], left: ['a'], updated: [busyBob], more: 0}
  const after = applyPresence(before, change)
  t.deepEqual(after, {members: [busyBob, cid], more: 0})
  t.deepEqual(applyPresence(after, {joined: [ada], left: [], updated: [], more: 0}).members, [
    ada,
    busyBob,
    cid,
  ])
})

test('a change that repeats what is known changes nothing', t => {
  const change = {joined: [cid], left: ['a'], updated: [busyBob], more: 0}
  const once = applyPresence({members: [ada, bob], more: 0}, change)
  t.deepEqual(applyPresence(once, change), once)
})
