import {type TaskStatus, taskStatuses} from '../../src/board/task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {setTaskStatus} from '../../src/changes/set-task-status.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

const paths: TaskStatus[][] = [
  ['in_progress', 'completed', 'available', 'cancelled', 'available'],
  ['in_progress', 'owned', 'in_progress', 'failed', 'available'],
  ['cancelled', 'available'],
]
for (const path of paths) {
  test(`the status of a taken task can be set to ${path.join(' → ')}, and every change stores the task that it returns`, async t => {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    const {task} = await createBoard(store.db, ada)
    await commitChange(store.db, ada, takeTask(task.id))
    for (const status of path) {
      const {result, cursor} = await commitChange(store.db, ada, setTaskStatus(task.id, status))
      t.is(result.status, status)
      t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result, cursor})
    }
  })
}

test('completing a task appends status_changed and task.completed with the same version and timestamp', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task: before} = await createBoard(store.db, grace)
  await commitChange(store.db, ada, takeTask(before.id))
  await commitChange(store.db, ada, setTaskStatus(before.id, 'in_progress'))
  const {result: task, records} = await commitChange(store.db, ada, setTaskStatus(before.id, 'completed'))
  t.is(task.completed_at, task.updated_at)
  t.deepEqual(
    records.map(({type}) => type),
    ['status_changed', 'task.completed'],
  )
  for (const {data, recipients} of records) {
    t.like(JSON.parse(data), {version: task.version, timestamp: task.updated_at})
    t.deepEqual(recipients, [grace.user_id])
  }
})

test('when a task is reopened, the recipient of the event is the previous owner', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, grace)
  await commitChange(store.db, ada, takeTask(task.id))
  await commitChange(store.db, ada, setTaskStatus(task.id, 'cancelled'))
  const {records} = await commitChange(store.db, grace, setTaskStatus(task.id, 'available'))
  t.like(JSON.parse(records[0]!.data), {previous_owner_user_id: ada.user_id})
  t.deepEqual(records[0]!.recipients, [ada.user_id])
})

test('setting the current status succeeds for every member and appends no event', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const taken = await commitChange(store.db, ada, takeTask(task.id))
  t.deepEqual(await commitChange(store.db, grace, setTaskStatus(task.id, 'owned')), {...taken, records: []})
})

test('a status change that is rejected appends no event', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {cursor} = await commitChange(store.db, ada, takeTask(task.id))
  for (const status of taskStatuses.filter(
    status => !['owned', 'in_progress', 'cancelled'].includes(status),
  )) {
    await t.throwsAsync(commitChange(store.db, ada, setTaskStatus(task.id, status)), {
      code: 'invalid-status-move',
    })
  }
  await t.throwsAsync(commitChange(store.db, grace, setTaskStatus(task.id, 'cancelled')), {
    code: 'not-the-owner',
  })
  t.deepEqual(await readHead(store.db, ada.organization_id), cursor)
})
