import test from 'ava'
import {matchesFilters} from '../../src/board/selection.ts'

const event = {type: 'task.moved', project_id: 'p', sprint_id: 's', story_id: 'st', task_id: 't'}

test('an event matches filters when the event has one value of each filter', t => {
  t.true(matchesFilters({}, event, null))
  t.true(matchesFilters({types: ['task.moved'], sprint_id: ['x', 's'], task_id: ['t']}, event, null))
  t.false(matchesFilters({types: ['task.created'], sprint_id: ['s']}, event, null))
  t.false(matchesFilters({sprint_id: ['s'], task_id: ['x']}, event, null))
})

test('an event of a move matches the sprint before the move and the sprint after the move', t => {
  t.true(matchesFilters({sprint_id: ['before']}, event, 'before'))
  t.true(matchesFilters({sprint_id: ['s']}, event, 'before'))
  t.false(matchesFilters({sprint_id: ['another']}, event, 'before'))
  t.false(
    matchesFilters({task_id: ['before']}, event, 'before'),
    'only filters by sprint compare this sprint',
  )
})

test('an event of a label matches every filter by sprint, story and task, but not every filter by project or type', t => {
  const label = {type: 'label.deleted', project_id: 'p'}
  t.true(matchesFilters({sprint_id: ['s'], story_id: ['st'], task_id: ['t']}, label, undefined))
  t.true(matchesFilters({project_id: ['p'], sprint_id: ['s']}, label, undefined))
  t.false(matchesFilters({project_id: ['other'], sprint_id: ['s']}, label, undefined))
  t.false(matchesFilters({types: ['task.moved']}, label, undefined))
})

test('an event without a project matches every filter by id, but not every filter by type', t => {
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated', project_id: null}, null))
  t.true(matchesFilters({sprint_id: ['s']}, {type: 'member.updated'}, undefined))
  t.false(matchesFilters({types: ['task.moved']}, {type: 'member.updated'}, undefined))
})
