import test from 'ava'
import {Problem} from '../../../src/board/problem.ts'
import type {BoardTask} from '../../../src/board/task.ts'
import {
  labelChange,
  mayAssignAll,
  mayDeleteAll,
  statusRequests,
} from '../../../src/page/board/selected-changes.ts'
import {
  hiddenText,
  namedText,
  selectedFailureText,
  selectedText,
} from '../../../src/page/board/selected-text.ts'

const me = {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'} as const
const admin = {...me, role: 'admin'} as const
const task = (id: string, fields: Partial<BoardTask> = {}) =>
  ({
    id,
    status: 'available',
    owner_user_id: null,
    created_by_user_id: 'bob',
    label_ids: [],
    updated_at: '2026-03-01T09:00:00.000Z',
    version: 1,
    ...fields,
  }) as BoardTask
const mine = task('mine', {status: 'owned', owner_user_id: 'ada'})
const bobs = task('bobs', {status: 'owned', owner_user_id: 'bob'})
const done = task('done', {status: 'completed', owner_user_id: 'ada'})

test('available tasks are taken in the request that starts them, and tasks with the status need no request', t => {
  const started = task('started', {status: 'in_progress', owner_user_id: 'ada'})
  t.deepEqual(statusRequests([task('a'), mine, task('b'), started], 'in_progress', me), [
    {taskIds: ['a', 'b'], changes: {owner_user_id: 'ada', status: 'in_progress'}},
    {taskIds: ['mine'], changes: {status: 'in_progress'}},
  ])
})

test('owned tasks are released, and closed tasks are reopened', t => {
  t.deepEqual(statusRequests([mine, done], 'available', me), [
    {taskIds: ['mine'], changes: {owner_user_id: null}},
    {taskIds: ['done'], changes: {status: 'available'}},
  ])
})

test('a status is not offered when one of the tasks cannot get it, or when all tasks have it', t => {
  t.is(statusRequests([mine, bobs], 'in_progress', me), undefined)
  t.is(statusRequests([mine], 'owned', me), undefined)
  t.truthy(statusRequests([mine, bobs], 'in_progress', admin))
})

test('a member assigns own tasks to anybody, takes available tasks, and leaves the tasks of others alone', t => {
  t.true(mayAssignAll([mine], 'bob', me))
  t.true(mayAssignAll([mine, task('a')], 'ada', me))
  t.false(mayAssignAll([mine, task('a')], 'bob', me))
  t.false(mayAssignAll([bobs], 'ada', me))
  t.false(mayAssignAll([done], 'ada', me))
  t.true(mayAssignAll([bobs, task('a')], 'ada', admin))
  t.true(mayAssignAll([mine, task('a')], null, me))
  t.false(mayAssignAll([mine, bobs], null, me))
})

test('a member deletes only tasks that they have created or own', t => {
  t.false(mayDeleteAll([mine, bobs], me))
  t.true(mayDeleteAll([mine], me))
  t.true(mayDeleteAll([mine, bobs], admin))
})

test('a label is added unless all tasks have it', t => {
  const red = {label_ids: ['red']}
  t.deepEqual(labelChange([task('a', red), task('b')], {id: 'red'}), {add_label_ids: ['red']})
  t.deepEqual(labelChange([task('a', red), task('b', red)], {id: 'red'}), {remove_label_ids: ['red']})
})

test('the texts name the number of tasks, and why they were not changed', t => {
  t.is(selectedText(1, 0), '1 task selected')
  t.is(selectedText(3, 2), '3 tasks selected, 2 of them hidden by the filter')
  t.is(namedText(3, 2), '3 tasks (2 hidden)')
  t.is(namedText(1, 0), '1 task')
  t.is(hiddenText(2), '2 of them are hidden by the filter.')
  t.is(hiddenText(0), '')
  const failuresOf = (...ids: string[]) =>
    new Problem('tasks-not-changed', '', {
      failures: ids.map(id => ({task_id: id, code: 'not-the-owner', detail: 'Only the owner'})),
    })
  const selected = ['a', 'b', 'c', 'd', 'e', 'f'].map(id => ({id, key: `WEB-${id}`}))
  const reason = 'Only the owner of this task or an admin can make this change.'
  t.deepEqual(selectedFailureText(failuresOf('a'), selected, 0), {
    title: 'Nothing was changed',
    detail: `WEB-a cannot be changed. ${reason}`,
  })
  t.is(
    selectedFailureText(failuresOf('a', 'c'), selected, 0).detail,
    `WEB-a and WEB-c cannot be changed. ${reason}`,
  )
  t.deepEqual(selectedFailureText(failuresOf('a', 'b', 'c', 'd', 'e'), selected, 1), {
    title: 'Not all tasks were changed',
    detail: `1 of 6 tasks were changed. WEB-a, WEB-b, WEB-c and 2 more cannot be changed. ${reason}`,
  })
  t.is(selectedFailureText(new Problem('role-insufficient', ''), selected, 0).title, 'Change not saved')
  const lost = new TypeError('no network')
  t.deepEqual(selectedFailureText(lost, selected, 0), {
    title: 'The server did not respond',
    detail: 'Your change might not have been saved: 6 tasks',
  })
  t.is(
    selectedFailureText(lost, selected, 1).detail,
    '1 of 6 tasks were changed. Your change might not have been saved: 5 tasks',
  )
})
