import test from 'ava'
import {
  memberName,
  possibleAssignees,
  presentMembers,
  withUpdated,
} from '../../../src/page/organization/members.ts'

const ada = {id: '1', name: 'Ada', role: 'admin', removed_at: null} as const
const vic = {id: '2', name: 'Vic', role: 'viewer', removed_at: null} as const
const bob = {id: '3', name: 'Bob', role: 'member', removed_at: '2026-01-01T00:00:00.000Z'} as const

test('viewers and removed members are not possible assignees', t => {
  t.deepEqual(possibleAssignees([ada, vic, bob]), [ada])
  t.deepEqual(presentMembers([ada, vic, bob]), [ada, vic])
})

test('a member whose role is unknown is a possible assignee', t => {
  const known = {id: '4', name: 'Key', role: null, removed_at: null}
  const fromEvent = {id: '5', name: 'New'}
  t.deepEqual(possibleAssignees([known, fromEvent]), [known, fromEvent])
})

test('when a member gets a new name, the page keeps the role and the removal time of the member', t => {
  const members = withUpdated([ada, vic, bob], {id: '2', name: 'Victor'})
  t.deepEqual(members, [ada, bob, {...vic, name: 'Victor'}])
  t.deepEqual(withUpdated([ada], {id: '5', name: 'New'}), [ada, {id: '5', name: 'New'}])
})

test('a member’s name is found by the member’s id', t => {
  t.is(memberName([ada, bob], '3'), 'Bob')
  t.is(memberName([ada, bob], 'gone'), 'Someone')
  t.is(memberName([ada, bob], null), 'Someone')
})
