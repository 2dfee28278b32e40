import test from 'ava'
import type {BoardEvent} from '../../src/board/events.ts'
import {factsOf} from '../../src/board/history.ts'
import type {Task} from '../../src/board/task.ts'

const facts = {
  timestamp: '2026-12-01T09:30:00.125Z',
  actor_user_id: 'ada',
  project_id: 'p',
  story_id: 's',
  version: 2,
}
const before = {
  id: 't',
  title: 'Fill',
  description: '',
  label_ids: ['a', 'b'],
  estimated_hours: null,
  checklist: [],
  checklist_count: 0,
  story_id: 's',
  sprint_id: 'one',
  open_blocker_count: 1,
  version: 1,
  updated_at: '',
} as unknown as Task

test('the history shows the values of short fields, the difference of lists, and only the names of long texts', t => {
  const task = {
    ...before,
    title: 'Weld',
    description: 'Long',
    label_ids: ['b', 'c'],
    estimated_hours: 2,
    version: 2,
  }
  const event = {type: 'task.updated', ...facts, task_id: 't', task} as BoardEvent
  t.deepEqual(factsOf(event, {before}), [
    {
      subjectId: 't',
      fact: {
        changes: [
          {field: 'title', from: 'Fill', to: 'Weld'},
          {field: 'description'},
          {field: 'estimated_hours', from: null, to: 2},
          {field: 'label_ids', added: ['c'], removed: ['a']},
        ],
      },
    },
  ])
  t.throws(() => factsOf(event), {message: /needs the task or sprint before/})
})

test('a fact of a card’s count needs no description, and events that repeat another event have no fact', t => {
  const {description: _, ...card} = before
  const blockers = {blocked_by_task_ids: [], open_blocker_count: 0}
  const event = {type: 'task.blockers.changed', ...facts, task_id: 't', ...blockers} as BoardEvent
  const changes = [{field: 'open_blocker_count', from: 1, to: 0}]
  t.deepEqual(factsOf(event, {before: card as Task}), [{subjectId: 't', fact: {changes}}])
  t.deepEqual(factsOf({type: 'task.completed', ...facts, task_id: 't'}), [])
})

test('a task that moves alone is in the history of both sprints; one that moves with its story is not', t => {
  const task = {...before, sprint_id: 'two', story_id: 'other'}
  const moved = {type: 'task.moved', ...facts, task_id: 't', from_sprint_id: 'one', to_sprint_id: 'two', task}
  const alone = {...moved, from_story_id: 's', to_story_id: 'other'} as BoardEvent
  const subjects = (event: BoardEvent) => factsOf(event, {before}).map(({subjectId}) => subjectId)
  t.deepEqual(subjects(alone), ['t', 'one', 'two'])
  t.deepEqual(subjects(moved as BoardEvent), ['t'])
  const [, ofSprint] = factsOf(alone, {before})
  const changes = [{field: 'sprint_id', from: 'one', to: 'two'}]
  t.deepEqual(ofSprint, {subjectId: 'one', fact: {changes, task_id: 't', title: 'Fill'}})
})
