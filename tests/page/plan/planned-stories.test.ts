import test from 'ava'
import type {DashboardStory} from '../../../src/client/client.ts'
import {
  backlogOf,
  type PlannedStory,
  planAfter,
  storyOfBoard,
  sumsOf,
  unconfirmed,
} from '../../../src/page/plan/planned-stories.ts'
import {aBoard, aTask} from '../../helpers/sample-board.ts'

const story = (id: string, version = 1): PlannedStory => ({
  id,
  title: id,
  rank: id,
  version,
  tasks: 1,
  openHours: 2,
})
const idsOf = ({sprint, backlog}: ReturnType<typeof planAfter>) => [
  sprint.map(({id}) => id).join(),
  backlog.map(({id}) => id).join(),
]

test('a moved story is at once in the other list, at the place of its rank', t => {
  const known = {sprint: [story('1'), story('4')], backlog: [story('2'), story('3')]}
  t.deepEqual(idsOf(planAfter(known, [{story: story('2'), isToSprint: true}])), ['1,2,4', '3'])
  t.deepEqual(idsOf(planAfter(known, [{story: story('1'), isToSprint: false}])), ['4', '1,2,3'])
})

test('a story that is in both lists belongs to the sprint, because the backlog is fetched later', t => {
  t.deepEqual(idsOf(planAfter({sprint: [story('1', 2)], backlog: [story('1')]}, [])), ['1', ''])
})

test('a move ends when the lists contain no earlier version of the story', t => {
  const move = {story: story('1'), isToSprint: true}
  const before = {sprint: [], backlog: [story('1')]}
  t.is(unconfirmed(before, [move]).length, 1)
  t.is(unconfirmed(before, [{...move, version: 2}]).length, 1)
  t.is(unconfirmed({sprint: [story('1', 2)], backlog: []}, [{...move, version: 2}]).length, 0)
  t.is(unconfirmed({sprint: [], backlog: []}, [{...move, version: 2}]).length, 0)
})

test('the sums of a story are those of its tasks that are not cancelled, and its hours are those that are left', t => {
  const tasks = [
    aTask({id: '1', estimated_hours: 3}),
    aTask({id: '2', estimated_hours: 4, status: 'completed'}),
    aTask({id: '3', estimated_hours: 5, status: 'cancelled'}),
  ]
  t.like(storyOfBoard(aBoard({Launch: tasks}).stories[0]!), {tasks: 2, openHours: 3})
  t.deepEqual(sumsOf([story('1'), story('2')]), {tasks: 2, openHours: 4, isPartial: false})
})

test('the backlog has the stories that belong to no sprint and have open tasks or are not done', t => {
  const stories = [
    {id: '1', sprint_id: null, status: 'ready', task_count: 2, estimated_hours: 5, completed_hours: 1},
    {id: '2', sprint_id: null, status: 'done', task_count: 1, completed_task_count: 1},
    {id: '4', sprint_id: null, status: 'done', task_count: 2, completed_task_count: 1},
    {id: '3', sprint_id: 'sprint', status: 'ready'},
  ] as Partial<DashboardStory>[] as DashboardStory[]
  t.like(backlogOf(stories), [{id: '1', tasks: 2, openHours: 4}, {id: '4'}])
})

test('a story whose tasks the server has not counted does not seem to have no tasks', t => {
  const uncounted = {id: '1', sprint_id: null, status: 'ready'} as DashboardStory
  const [planned] = backlogOf([uncounted])
  t.is(planned!.tasks, undefined)
  t.deepEqual(sumsOf([planned!, story('2')]), {tasks: 1, openHours: 2, isPartial: true})
})
