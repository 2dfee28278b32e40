import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('when a task is deleted, the version in the event is one higher than the version of the task; the recipients of the event are the owner and the creator', async t => {
  const {ada, grace, root} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    root: 'admin',
  })
  const {task} = await createBoard(store.db, ada)
  await commitChange(store.db, grace, takeTask(task.id))
  const {result, records, cursor} = await commitChange(store.db, root, deleteTask(task.id))
  t.is(result, null)
  await t.throwsAsync(readTask(store.db, ada.organization_id, task.id), {code: 'task-not-found'})
  const [event] = await readEvents(store.db, ada.organization_id, cursor.seq - 1)
  t.deepEqual(event, {
    type: 'task.deleted',
    timestamp: event!.timestamp,
    actor_user_id: root.user_id,
    project_id: task.project_id,
    sprint_id: task.sprint_id!,
    story_id: task.story_id,
    task_id: task.id,
    version: 3,
  })
  t.deepEqual(records[0]!.recipients, [grace.user_id, ada.user_id])
})

test('when a task is already deleted or does not have the expected version, deleting the task is rejected and appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  await t.throwsAsync(commitChange(store.db, ada, deleteTask(task.id, [7])), {code: 'version-mismatch'})
  const {cursor} = await commitChange(store.db, ada, deleteTask(task.id, [1]))
  await t.throwsAsync(commitChange(store.db, ada, deleteTask(task.id)), {code: 'task-not-found'})
  t.deepEqual(await readHead(store.db, ada.organization_id), cursor)
})

test('when a task is taken and deleted concurrently, the log contains the successful changes in the order of their commits', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {seq} = await readHead(store.db, ada.organization_id)
  const [taken] = await Promise.allSettled([
    commitChange(store.db, grace, takeTask(task.id)),
    commitChange(store.db, ada, deleteTask(task.id)),
  ])
  if (taken.status === 'rejected') t.like(taken.reason, {code: 'task-not-found'})
  const events = await readEvents(store.db, ada.organization_id, seq)
  const expected = taken.status === 'fulfilled' ? ['ownership_taken', 'task.deleted'] : ['task.deleted']
  t.deepEqual(
    events.map(({type}) => type),
    expected as (typeof events)[number]['type'][],
  )
})
