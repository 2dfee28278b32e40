import test from 'ava'
import {afterEvent, fetchOwnTasks, isBefore, type OwnTasks} from '../../../src/page/home/own-tasks.ts'
import {anEvent} from '../../helpers/sample-board.ts'

const own = {tasks: [{id: 'mine'}], cursor: 'abc-7', isOutdated: false} as unknown as OwnTasks

test('the list is outdated after the viewer takes a task and after an event of one of its tasks', t => {
  const taken = anEvent({type: 'ownership_taken', task_id: 'new', owner_user_id: 'ada'})
  t.true(afterEvent(own, taken, 'abc-8', 'ada').isOutdated)
  t.is(afterEvent(own, taken, 'abc-8', 'bob'), own)
  t.true(afterEvent(own, anEvent({type: 'task.deleted', task_id: 'mine'}), 'abc-8', 'ada').isOutdated)
  t.is(afterEvent(own, anEvent({type: 'task.deleted', task_id: 'other'}), 'abc-8', 'ada'), own)
})

test('the list is outdated after another member gives the viewer a task', t => {
  const given = anEvent({type: 'ownership_transferred', task_id: 'new', owner_user_id: 'ada'})
  t.true(afterEvent(own, given, 'abc-8', 'ada').isOutdated)
  t.is(afterEvent(own, given, 'abc-8', 'bob'), own)
})

test('an event that the list already includes changes nothing', t => {
  const taken = anEvent({type: 'ownership_taken', task_id: 'new', owner_user_id: 'ada'})
  t.is(afterEvent(own, taken, 'abc-7', 'ada'), own)
})

test('the list is too old for a stream that starts after its position', t => {
  t.true(isBefore(own, 'abc-8'))
  t.false(isBefore(own, 'abc-7'))
  t.false(isBefore(own, 'abc-6'))
  t.false(isBefore(own, 'xyz-9')) // after a restore, the stream is reset anyway
})

test('all pages are fetched, and the position is that of the first page', async t => {
  const pages = {first: {items: ['a'], next: 'b'}, b: {items: ['c'], next: null}}
  const request = async (_: string, {query}: {query: {after?: 'b'}}) => ({
    body: pages[query.after ?? 'first'],
    eventId: query.after ? 'abc-9' : 'abc-7',
  })
  const fetched = await fetchOwnTasks({request} as unknown as Parameters<typeof fetchOwnTasks>[0])
  t.deepEqual(fetched as unknown, {tasks: ['a', 'c'], cursor: 'abc-7', isOutdated: false})
})
