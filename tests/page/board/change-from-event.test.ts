import test from 'ava'
import {changeFromEvent} from '../../../src/page/board/change-from-event.ts'
import {aBoard, anEvent, aTask} from '../../helpers/sample-board.ts'

const board = aBoard({Launch: [aTask({id: 'Fuel'}), aTask({id: 'Ignite'})]})
const ofTask = (task_id: string) => ({task_id, story_id: 'Launch'})
const changeFrom = (event: Parameters<typeof anEvent>[0]) => changeFromEvent(anEvent(event), board, 'ada')

test('a change contains the member and the task, and the new status when the status changed', t => {
  const who = {actorId: 'bob', actor: 'Bob', timestamp: anEvent({type: 'task.started'}).timestamp}
  const fuel = {...who, subject: 'Fuel', targetId: 'Fuel'}
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
    ...who,
    subject: 'Launch',
    targetId: 'Launch',
  })
})

test('a transfer names the new owner, and calls the viewer “you”', t => {
  const toOf = (owner_user_id: string) => {
    const change = changeFrom({type: 'ownership_transferred', owner_user_id, ...ofTask('Fuel')})
    return change?.type === 'ownership_transferred' && change.to
  }
  t.is(toOf('bob'), 'Bob')
  t.is(toOf('ada'), 'you')
})

test('the subject is empty when the board does not contain the task', t => {
  t.is(changeFrom({type: 'ownership_taken', ...ofTask('unknown')})?.subject, '')
})

test('the actor is “Someone” when the member is unknown, and “Boardcast” when the event has no actor', t => {
  const actorOf = (actor_user_id: string | null) =>
    changeFrom({type: 'ownership_taken', actor_user_id, ...ofTask('Fuel')})?.actor
  t.is(actorOf('unknown'), 'Someone')
  t.is(actorOf(null), 'Boardcast')
})

test("no change is shown for the viewer's own events and for events that accompany another event", t => {
  const own = anEvent({type: 'ownership_taken', ...ofTask('Fuel')})
  t.is(changeFromEvent(own, board, 'bob'), undefined)
  t.is(changeFrom({type: 'task.started', ...ofTask('Fuel')}), undefined)
  t.is(changeFrom({type: 'member.updated'}), undefined)
})
