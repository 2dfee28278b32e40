import test from 'ava'
import type {BoardTask} from '../../../src/board/task.ts'
import type {TaskField} from '../../../src/page/undo/act.ts'
import {inverseOfTasks, isUnchangedSince} from '../../../src/page/undo/inverse-of-tasks.ts'

const me = {user_id: 'ada', organization_id: 'acme', role: 'member', name: 'Ada'} as const
const task = (id: string, fields: Partial<BoardTask> = {}) =>
  ({
    id,
    status: 'available',
    owner_user_id: null,
    priority: null,
    due_on: null,
    label_ids: [],
    story_id: 's1',
    ...fields,
  }) as BoardTask
const act = (fields: TaskField[], ...tasks: [BoardTask, Partial<BoardTask>][]) =>
  ({
    kind: 'tasks',
    fields,
    tasks: tasks.map(([before, after]) => ({before, after: {...before, ...after}})),
  }) as const

test('tasks that had the same value are undone with one request', t => {
  const changed = act(
    ['priority'],
    [task('a'), {priority: 'high'}],
    [task('b', {priority: 'low'}), {priority: 'high'}],
    [task('c'), {priority: 'high'}],
  )
  t.deepEqual(inverseOfTasks(changed, me), [
    {taskIds: ['a', 'c'], changes: {priority: null}},
    {taskIds: ['b'], changes: {priority: 'low'}},
  ])
})

test('only the labels that the act has added or removed are changed back', t => {
  const changed = act(
    ['label_ids'],
    [task('a', {label_ids: ['red']}), {label_ids: ['blue', 'red']}],
    [task('b', {label_ids: ['green']}), {label_ids: ['blue', 'green']}],
    [task('c', {label_ids: ['red']}), {label_ids: []}],
  )
  t.deepEqual(inverseOfTasks(changed, me), [
    {taskIds: ['a', 'b'], changes: {remove_label_ids: ['blue']}},
    {taskIds: ['c'], changes: {add_label_ids: ['red']}},
  ])
})

test('the due date and the story are changed back', t => {
  const changed = act(
    ['due_on', 'story_id'],
    [task('a', {due_on: '2026-03-01'}), {due_on: null, story_id: 's2'}],
  )
  t.deepEqual(inverseOfTasks(changed, me), [
    {taskIds: ['a'], changes: {due_on: '2026-03-01', story_id: 's1'}},
  ])
})

test('the steps of a status follow each other, and the first steps of all tasks come first', t => {
  const started = {status: 'in_progress', owner_user_id: 'ada'} as const
  const done = {status: 'completed'} as const
  const changed = act(['status', 'owner_user_id'], [task('a', started), done], [task('b', started), done])
  t.deepEqual(inverseOfTasks(changed, me), [
    {taskIds: ['a', 'b'], changes: {status: 'available'}},
    {taskIds: ['a', 'b'], changes: {owner_user_id: 'ada'}},
    {taskIds: ['a', 'b'], changes: {status: 'in_progress'}},
  ])
})

test('nothing is undone when one of the tasks cannot be changed back', t => {
  const given = {status: 'owned', owner_user_id: 'bob'} as const
  const changed = act(
    ['status', 'owner_user_id'],
    [task('a', {status: 'owned', owner_user_id: 'ada'}), given],
    [task('b'), {status: 'owned', owner_user_id: 'ada'}],
  )
  t.is(inverseOfTasks(changed, me), undefined)
})

test('a task is as the act has left it, unless a field of the act has changed', t => {
  const after = task('a', {priority: 'high', label_ids: ['red']})
  t.true(isUnchangedSince({...after, title: 'New', label_ids: []}, after, ['priority', 'label_ids']))
  t.false(isUnchangedSince({...after, priority: 'low'}, after, ['priority']))
})
