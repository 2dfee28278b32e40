import test from 'ava'
import type {Sprint} from '../../../src/board/sprint.ts'
import type {Story} from '../../../src/board/story.ts'
import {storyChoices} from '../../../src/page/task/story-choices.ts'

const story = (id: string, sprint_id: string | null, status = 'open') =>
  ({id, title: id, sprint_id, status}) as Story
const sprint = (id: string, status = 'planned') => ({id, name: id, status}) as Sprint
const stories = [
  story('later', null),
  story('next', 'two'),
  story('old', 'closed'),
  story('here', 'one'),
  story('done', 'one', 'done'),
  story('there', 'one'),
]
const sprints = [sprint('one', 'active'), sprint('two'), sprint('closed', 'closed')]

test('the open stories of the own sprint come first, then those of other sprints, and those of the backlog', t => {
  const shown = (sprintId: string | null) =>
    storyChoices(stories, sprints, sprintId).map(({id, heading}) => (heading ? `${heading}: ${id}` : id))
  t.deepEqual(shown('one'), ['This sprint: here', 'there', 'two: next', 'Backlog: later'])
  t.deepEqual(shown(null), ['Backlog: later', 'one: here', 'there', 'two: next'])
  t.deepEqual(shown('closed'), ['This sprint: old', 'one: here', 'there', 'two: next', 'Backlog: later'])
})
