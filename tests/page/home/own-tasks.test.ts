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

test('with a time, the list also has the tasks that were completed since then, each task once', async t => {
  const request = async (_: string, {query}: {query: {completed_since?: string}}) => ({
    body: {
      items: query.completed_since ? [{id: 'b', status: 'completed'}, {id: 'c'}] : [{id: 'a'}, {id: 'b'}],
      next: null,
    },
    eventId: query.completed_since ? 'abc-9' : 'abc-7',
  })
  const api = {request} as unknown as Parameters<typeof fetchOwnTasks>[0]
  const {tasks, cursor} = await fetchOwnTasks(api, '2026-03-01T09:00:00.000Z')
  t.deepEqual(tasks as unknown, [{id: 'a'}, {id: 'b', status: 'completed'}, {id: 'c'}])
  t.is(cursor, 'abc-7')
})

test('what an event says about a known task is shown at once', t => {
  const after = (fields: Parameters<typeof anEvent>[0], list = own) =>
    afterEvent(list, anEvent({task_id: 'mine', ...fields}), 'abc-8', 'ada').tasks as unknown
  t.deepEqual(after({type: 'status_changed', new_status: 'completed', timestamp: 'now'}), [
    {id: 'mine', status: 'completed', completed_at: 'now'},
  ])
  t.deepEqual(after({type: 'task.blockers.changed', open_blocker_count: 1}), [
    {id: 'mine', open_blocker_count: 1},
  ])
  t.deepEqual(after({type: 'task.updated', task: {id: 'mine', title: 'New'}}), [{id: 'mine', title: 'New'}])
  for (const gone of [
    {type: 'status_changed', new_status: 'available'},
    {type: 'ownership_released'},
    {type: 'ownership_transferred', owner_user_id: 'bob'},
    {type: 'task.deleted'},
  ] as const)
    t.deepEqual(after(gone), [], gone.type)
  t.deepEqual(after({type: 'ownership_transferred', owner_user_id: 'ada'}), own.tasks as unknown)
  t.deepEqual(after({type: 'task.deleted'}, {...own, isOutdated: true}), [], 'also when the list is outdated')
})
