import test from 'ava'
import {matchesFilters} from '../../src/board/selection.ts'

const event = {type: 'task.moved', project_id: 'p', sprint_id: 's', story_id: 'st', task_id: 't'}

test('an event matches filters when the event has one value of each filter', t => {
  t.true(matchesFilters({}, event))
  t.true(matchesFilters({types: ['task.moved'], sprint_id: ['x', 's'], task_id: ['t']}, event))
  t.false(matchesFilters({types: ['task.created'], sprint_id: ['s']}, event))
  t.false(matchesFilters({sprint_id: ['s'], task_id: ['x']}, event))
})

test('an event of a move matches the sprint and the story before the move, and those after the move', t => {
  const left = {sprint_id: 'before', story_id: 'old'}
  t.true(matchesFilters({story_id: ['old']}, event, left))
  t.true(matchesFilters({story_id: ['st'], sprint_id: ['before']}, event, left))
  t.false(matchesFilters({story_id: ['before']}, event, left), 'the id of a sprint is not that of a story')
  t.true(matchesFilters({sprint_id: ['before']}, event, left))
  t.true(matchesFilters({sprint_id: ['s']}, event, left))
  t.false(matchesFilters({sprint_id: ['another']}, event, left))
  t.false(matchesFilters({task_id: ['before']}, event, left), 'only filters by sprint compare this sprint')
})

test('an event of a label matches every filter by sprint, story and task, but not every filter by project or type', t => {
  const label = {type: 'label.deleted', project_id: 'p'}
  t.true(matchesFilters({sprint_id: ['s'], story_id: ['st'], task_id: ['t']}, label))
  t.true(matchesFilters({project_id: ['p'], sprint_id: ['s']}, label))
  t.false(matchesFilters({project_id: ['other'], sprint_id: ['s']}, label))
  t.false(matchesFilters({types: ['task.moved']}, label))
})

test('an event without a project matches every filter by id, but not every filter by type', t => {
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated', project_id: null}))
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated'}))
  t.false(matchesFilters({types: ['task.moved']}, {type: 'member.updated'}))
})
