import test from 'ava'
import type {BoardTask, Task} from '../../../src/board/task.ts'
import type {ActStory, TaskField, UndoableAct} from '../../../src/page/undo/act.ts'
import {
  changedSinceText,
  isQuiet,
  lostText,
  ownActText,
  partlyUndoneText,
  undoneText,
} from '../../../src/page/undo/own-act-text.ts'

const task = {id: 't1', key: 'WEB-1', title: 'Weld', status: 'available', owner_user_id: null} as BoardTask
const owned = {status: 'owned', owner_user_id: 'ada'} as const
const change = (
  after: Partial<BoardTask>,
  before: Partial<BoardTask> = {},
  fields?: TaskField[],
): UndoableAct => ({
  kind: 'task',
  before: {...task, ...before},
  after: {...task, ...before, ...after},
  fields: fields ?? (Object.keys(after) as TaskField[]),
})
const titleOf = (act: UndoableAct) => ownActText(act, id => (id === 'bob' ? 'Bob' : 'Someone')).title

test('the note names the act and its task', t => {
  t.deepEqual(ownActText(change({priority: 'high'}), String), {
    title: 'Priority changed',
    detail: 'WEB-1 Weld',
  })
  t.is(titleOf(change(owned)), 'Task taken')
  t.is(titleOf(change({status: 'available', owner_user_id: null}, owned)), 'Task released')
  t.is(titleOf(change({status: 'completed'}, {status: 'in_progress'})), 'Moved to Completed')
  t.is(titleOf(change({owner_user_id: 'bob'}, owned, ['status', 'owner_user_id'])), 'Assigned to Bob')
  t.is(titleOf(change({title: 'Weld it', due_on: null})), 'Task edited')
})

test('the note about several tasks names their number', t => {
  const tasks = [task, task].map(before => ({before, after: {...before, status: 'cancelled'} as BoardTask}))
  const act: UndoableAct = {kind: 'tasks', tasks, fields: ['status', 'owner_user_id']}
  t.deepEqual(ownActText(act, String), {title: 'Moved to Cancelled', detail: '2 tasks'})
  t.is(
    partlyUndoneText(1, '2 tasks').detail,
    '1 of 2 tasks has changed in the meantime, or its former story or label was deleted. It was left as it is.',
  )
})

test('after an undo, a note says what was undone, or who has changed it since', t => {
  const act = change({priority: 'high'})
  t.deepEqual(undoneText(act, String), {title: 'Undone', detail: 'Priority changed: WEB-1 Weld'})
  t.is(changedSinceText(act, 'Bob').detail, 'Bob has changed WEB-1 in the meantime.')
  t.is(changedSinceText(act, undefined).detail, 'WEB-1 has changed in the meantime.')
})

test('a new order and a change of a checklist have no note', t => {
  t.true(isQuiet(change({rank: 'x'})))
  t.true(isQuiet({kind: 'checklist', task: task as Task, before: [], after: [], itemId: 'i1'}))
  t.false(isQuiet(change({rank: 'x', status: 'owned'})))
  const story = {id: 's1', title: 'Launch', status: 'ready', rank: 'x'} as ActStory
  const moved: UndoableAct = {kind: 'story', before: story, after: story, fields: ['rank']}
  t.true(isQuiet(moved))
  t.false(isQuiet({...moved, fields: ['rank', 'status']}))
  t.deepEqual(undoneText(moved, String), {title: 'Undone', detail: 'Story moved: Launch'})
})

test('when something of the former state was deleted, the note says what, and what the viewer can do', t => {
  t.deepEqual(lostText(change({story_id: 's2'}), 'story'), {
    title: 'Not undone',
    detail: 'The former story of “WEB-1 Weld” was deleted. Choose another story.',
  })
  t.is(
    lostText(change({rank: 'x'}), 'neighbour').detail,
    'The former neighbour of “WEB-1 Weld” was deleted. You can move it back yourself.',
  )
})
