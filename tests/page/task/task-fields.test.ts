// Tests the texts and the pure functions behind the priority, due date, labels, blockers and checklist of a task.
import test from 'ava'
import type {Label} from '../../../src/client/client.ts'
import {dueText} from '../../../src/page/parts/due.ts'
import {blockedBy, isBlocked, possibleBlockers, withBlockerChange} from '../../../src/page/task/blockers.ts'
import {withChange} from '../../../src/page/task/checklist-changes.ts'
import {labelIdsIn, labelsText} from '../../../src/page/task/label-names.ts'
import {withLabel} from '../../../src/page/task/labels.ts'
import {aTask} from '../../helpers/sample-board.ts'

const today = '2026-03-10'

test('the text about a due day is relative when the day is near, and says in words that it is overdue', t => {
  const text = (day: string) => dueText(day, 'owned', today)
  t.deepEqual(text('2026-03-10'), {text: 'Due today', isOverdue: false})
  t.deepEqual(text('2026-03-11'), {text: 'Due tomorrow', isOverdue: false})
  t.deepEqual(text('2026-03-13'), {text: 'Due in 3 days', isOverdue: false})
  t.deepEqual(text('2026-03-09'), {text: '1 day late', isOverdue: true})
  t.regex(text('2026-05-01').text, /^Due .*May|^Due May/)
  t.regex(text('2027-05-01').text, /2027/)
})

test('a closed task is not overdue', t => {
  t.false(dueText('2026-03-01', 'completed', today).isOverdue)
  t.true(dueText('2026-03-01', 'available', today).isOverdue)
})

const labels = [
  {id: '1', name: 'Reliability'},
  {id: '2', name: 'Interface'},
] as Label[]

test('the labels of a task are a text of names, which is read back as ids', t => {
  t.is(labelsText(labels, ['1', '2', '9']), 'Interface\nReliability')
  t.deepEqual(labelIdsIn(labels, 'Interface\nreliability'), ['1', '2'])
  t.throws(() => labelIdsIn(labels, 'Gone'), {message: /“Gone” no longer exists/})
})

test('a label is added to a task in the order of the ids, or removed', t => {
  t.deepEqual(withLabel(['2'], {labelId: '1', isAdded: true}), ['1', '2'])
  t.deepEqual(withLabel(['1', '2'], {labelId: '1', isAdded: false}), ['2'])
  t.deepEqual(withLabel(['1'], {labelId: '1', isAdded: true}), ['1'])
})

test('a change of a checklist shows its expected result, and a change of a deleted item changes nothing', t => {
  const items = ['a', 'b', 'c'].map(id => ({id, text: id, is_done: false}))
  const ids = (items: readonly {id: string}[]) => items.map(({id}) => id).join('')
  t.is(ids(withChange(items, {kind: 'add', id: 'd', text: 'd'})), 'abcd')
  t.is(ids(withChange(items, {kind: 'move', id: 'c', place: 0})), 'cab')
  t.is(ids(withChange(items, {kind: 'remove', id: 'b'})), 'ac')
  t.true(withChange(items, {kind: 'edit', id: 'b', fields: {is_done: true}})[1]!.is_done)
  t.is(withChange(items, {kind: 'edit', id: 'x', fields: {is_done: true}}), items)
})

test('a task is blocked while it needs work and has unfinished blockers', t => {
  t.true(isBlocked(aTask({id: '1', status: 'failed', open_blocker_count: 1})))
  t.false(isBlocked(aTask({id: '1', blocked_by_task_ids: ['2'], open_blocker_count: 0})))
  t.false(isBlocked(aTask({id: '1', status: 'completed', open_blocker_count: 1})))
})

test('the blockers that can be chosen are the other tasks, unfinished tasks first', t => {
  const tasks = [aTask({id: '1', status: 'completed'}), aTask({id: '2'}), aTask({id: '3'}), aTask({id: '4'})]
  const ids = possibleBlockers('3', ['4'], tasks).map(({id}) => id)
  t.deepEqual(ids, ['2', '1'])
  t.deepEqual(blockedBy('2', [aTask({id: '1', blocked_by_task_ids: ['2']}), tasks[1]!]).length, 1)
})

test('a blocker that is added twice is one blocker, and a removed blocker is no longer among them', t => {
  t.deepEqual(withBlockerChange(['1', '2'], {kind: 'add', id: '1'}), ['2', '1'])
  t.deepEqual(withBlockerChange(['1', '2'], {kind: 'remove', id: '1'}), ['2'])
})
