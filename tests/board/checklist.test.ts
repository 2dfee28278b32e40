import test from 'ava'
import {
  addItem,
  editItem,
  newChecklistItemSchema,
  noChecklist,
  removeItem,
} from '../../src/board/checklist.ts'
import type {Action} from '../../src/board/member.ts'
import {aTask} from '../helpers/sample-board.ts'

const action: Action = {
  caller: {user_id: 'ada', organization_id: 'o', role: 'member', name: 'Ada'},
  timestamp: '2026-03-02T10:00:00.000Z',
}
const item = (id: string, is_done = false) => ({id, text: `Item ${id}`, is_done})
const empty = aTask({id: 'task'})
const task = {
  ...empty,
  checklist: [item('a'), item('b', true), item('c')],
  checklist_count: 3,
  checklist_done_count: 1,
}
const idsOf = ({checklist}: typeof task) => checklist.map(({id}) => id).join('')

test('an item is added at the end or at a place, and is not done', t => {
  const after = addItem(task, 'd', {text: 'Item d'}, action)
  t.like(after, {checklist_count: 4, checklist_done_count: 1, version: 2, updated_at: action.timestamp})
  t.deepEqual(after.checklist.at(-1), item('d'))
  t.is(idsOf(addItem(task, 'd', {text: 'Item d', place: 0}, action)), 'dabc')
  t.is(idsOf(addItem(task, 'd', {text: 'Item d', place: 2}, action)), 'abdc')
  t.is(idsOf(addItem(task, 'd', {text: 'Item d', place: 99}, action)), 'abcd')
})

test('an item is edited, completed and moved; an edit that changes nothing returns the task', t => {
  const done = editItem(task, 'a', {is_done: true}, action)
  t.like(done, {checklist_done_count: 2, version: 2})
  t.deepEqual(done.checklist, [item('a', true), item('b', true), item('c')])
  t.deepEqual(editItem(task, 'c', {text: 'Weld'}, action).checklist[2], {...item('c'), text: 'Weld'})
  t.is(idsOf(editItem(task, 'c', {place: 0}, action)), 'cab')
  t.is(idsOf(editItem(task, 'a', {place: 1}, action)), 'bac')
  t.is(idsOf(editItem(task, 'a', {place: 50}, action)), 'bca')
  for (const fields of [{}, {is_done: false}, {place: 0}, {text: 'Item a'}])
    t.is(editItem(task, 'a', fields, action), task)
})

test('an item is removed', t => {
  const after = removeItem(task, 'b', action)
  t.like(after, {checklist_count: 2, checklist_done_count: 0, version: 2})
  t.is(idsOf(after), 'ac')
  t.deepEqual({...noChecklist}, {checklist: [], checklist_count: 0, checklist_done_count: 0})
})

test('an unknown item and the item after the hundredth are refused', t => {
  for (const change of [() => editItem(task, 'x', {}, action), () => removeItem(task, 'x', action)])
    t.throws(change, {code: 'checklist-item-not-found'})
  const items = Array.from({length: 100}, (_, n) => item(String(n)))
  const full = {...task, checklist: items, checklist_count: 100}
  t.throws(() => addItem(full, 'x', {text: 'One too many'}, action), {code: 'checklist-full'})
  t.is(newChecklistItemSchema.safeParse({text: ' '}).success, false)
  t.is(newChecklistItemSchema.safeParse({text: 'x'.repeat(501)}).success, false)
  t.is(newChecklistItemSchema.safeParse({text: 'x', place: -1}).success, false)
})
