import test from 'ava'
import {changeFromEvent} from '../../src/page/change-from-event.ts'
import {aBoard, anEvent, aTask} from '../helpers/sample-board.ts'

const board = aBoard({Launch: [aTask({id: 'Fuel'}), aTask({id: 'Ignite'})]})
const ofTask = (task_id: string) => ({task_id, story_id: 'Launch'})
const changeFrom = (event: Parameters<typeof anEvent>[0]) => changeFromEvent(anEvent(event), board, 'ada')

test('a change names the member and the task, with the new status of a move', t => {
  const fuel = {actor: 'Bob', subject: 'Fuel', taskId: 'Fuel'}
  t.deepEqual(changeFrom({type: 'ownership_taken', ...ofTask('Fuel')}), {type: 'ownership_taken', ...fuel})
  t.deepEqual(changeFrom({type: 'task.deleted', ...ofTask('Fuel')}), {type: 'task.deleted', ...fuel})
  t.deepEqual(changeFrom({type: 'status_changed', new_status: 'in_progress', ...ofTask('Fuel')}), {
    type: 'status_changed',
    newStatus: 'in_progress',
    ...fuel,
  })
  t.deepEqual(changeFrom({type: 'story.status.changed', story_id: 'Launch', new_status: 'done'}), {
    type: 'story.status.changed',
    newStatus: 'done',
    actor: 'Bob',
    subject: 'Launch',
  })
})

test('a task that the board does not contain has no title', t => {
  t.is(changeFrom({type: 'ownership_taken', ...ofTask('unknown')})?.subject, '')
})

test('an unknown member is called Someone, and an event without an actor is by Boardcast', t => {
  const actorOf = (actor_user_id: string | null) =>
    changeFrom({type: 'ownership_taken', actor_user_id, ...ofTask('Fuel')})?.actor
  t.is(actorOf('unknown'), 'Someone')
  t.is(actorOf(null), 'Boardcast')
})

test("the viewer's own events and accompanying events are no changes", t => {
  const own = anEvent({type: 'ownership_taken', ...ofTask('Fuel')})
  t.is(changeFromEvent(own, board, 'bob'), undefined)
  t.is(changeFrom({type: 'task.started', ...ofTask('Fuel')}), undefined)
  t.is(changeFrom({type: 'member.updated'}), undefined)
})
