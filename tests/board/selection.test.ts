import test from 'ava'
import {matchesFilters} from '../../src/board/selection.ts'

const event = {type: 'task.moved', project_id: 'p', sprint_id: 's', story_id: 'st', task_id: 't'}

test('an event matches filters when the event has one value of each filter', t => {
  t.true(matchesFilters({}, event, 'left_'))
  t.true(matchesFilters({types: ['task.moved'], sprint_id: ['x', 's'], task_id: ['t']}, event, 'left_'))
  t.false(matchesFilters({types: ['task.created'], sprint_id: ['s']}, event, 'left_'))
  t.false(matchesFilters({sprint_id: ['s'], task_id: ['x']}, event, 'left_'))
})

test('an event of a move matches the sprint and the story before the move, and those after the move', t => {
  const moved = {...event, from_sprint_id: 'before', from_story_id: 'old', left_story_id: 'other'}
  t.true(matchesFilters({story_id: ['old']}, moved, 'from_'))
  t.true(matchesFilters({story_id: ['st'], sprint_id: ['before']}, moved, 'from_'))
  t.false(matchesFilters({story_id: ['before']}, moved, 'from_'), 'the id of a sprint is not that of a story')
  t.true(matchesFilters({sprint_id: ['before']}, moved, 'from_'))
  t.true(matchesFilters({sprint_id: ['s']}, moved, 'from_'))
  t.false(matchesFilters({sprint_id: ['another']}, moved, 'from_'))
  t.false(matchesFilters({task_id: ['before']}, moved, 'from_'), 'only filters by sprint compare this sprint')
})

test('an event of a label matches every filter by sprint, story and task, but not every filter by project or type', t => {
  const label = {type: 'label.deleted', project_id: 'p'}
  t.true(matchesFilters({sprint_id: ['s'], story_id: ['st'], task_id: ['t']}, label, 'left_'))
  t.true(matchesFilters({project_id: ['p'], sprint_id: ['s']}, label, 'left_'))
  t.false(matchesFilters({project_id: ['other'], sprint_id: ['s']}, label, 'left_'))
  t.false(matchesFilters({types: ['task.moved']}, label, 'left_'))
})

test('an event of an import matches every filter by story and task, but not every filter by project, sprint or type', t => {
  const imported = {type: 'board.imported', project_id: 'p', sprint_id: 's'}
  t.true(matchesFilters({story_id: ['st'], task_id: ['t']}, imported, 'left_'))
  t.true(matchesFilters({project_id: ['p'], sprint_id: ['s'], task_id: ['t']}, imported, 'left_'))
  t.false(matchesFilters({sprint_id: ['other'], task_id: ['t']}, imported, 'left_'))
  t.false(matchesFilters({project_id: ['other'], task_id: ['t']}, imported, 'left_'))
  t.false(matchesFilters({types: ['task.moved'], task_id: ['t']}, imported, 'left_'))
})

test('an event without a project matches every filter by id, but not every filter by type', t => {
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated', project_id: null}, 'left_'))
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated'}, 'left_'))
  t.false(matchesFilters({types: ['task.moved']}, {type: 'member.updated'}, 'left_'))
})
