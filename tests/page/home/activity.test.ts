import test from 'ava'
import {
  type ActivityItem,
  activityFromEvent,
  maxActivities,
  newestFirst,
} from '../../../src/page/home/activity.ts'
import {anEvent} from '../../helpers/sample-board.ts'

const run = (second: number, run_id = 'r1') =>
  anEvent({
    type: 'agent.started',
    agent: 'writer',
    run_id,
    timestamp: `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`,
  }) as ActivityItem

test('an agent event becomes an activity of its project, and a story event does not become an activity', t => {
  t.is(activityFromEvent(run(1) as never, undefined)?.type, 'agent.started')
  t.is(activityFromEvent(run(1) as never, 'project')?.type, 'agent.started')
  t.is(activityFromEvent(run(1) as never, 'another'), undefined)
  t.is(activityFromEvent(anEvent({type: 'story.created'}), undefined), undefined)
})

test('activities are sorted by time and limited in number; an activity that is in the list and also in the stream is shown once', t => {
  const fetched: ActivityItem = Object.assign({id: 'a1'}, run(1))
  const all = newestFirst([fetched, run(3), run(2), run(1), run(2, 'r2')])
  t.deepEqual(
    all.map(({timestamp}) => timestamp.slice(17, 19)),
    ['03', '02', '02', '01'],
  )
  const many = Array.from({length: maxActivities + 5}, (_, index) => run(index))
  t.is(newestFirst(many).length, maxActivities)
})
