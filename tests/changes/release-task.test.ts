import {commitChange} from '../../src/changes/commit-change.ts'
import {releaseTask} from '../../src/changes/release-task.ts'
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

test('releasing a task makes it available, and the creator is the recipient of the event', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task: before} = await createBoard(store.db, ada)
  await commitChange(store.db, grace, takeTask(before.id))
  const {result: task, records, cursor} = await commitChange(store.db, grace, releaseTask(before.id))
  t.like(task, {status: 'available', owner_user_id: null, owned_at: null, version: 3})
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor})
  t.like(records[0], {type: 'ownership_released', recipients: [ada.user_id]})
  t.like(JSON.parse(records[0]!.data), {previous_owner_user_id: grace.user_id, version: 3})
})

test('an admin can release a task of another member, and the recipients of the event are the previous owner and the creator', async t => {
  const {ada, grace, root} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    root: 'admin',
  })
  const {task} = await createBoard(store.db, ada)
  await commitChange(store.db, grace, takeTask(task.id))
  const {records} = await commitChange(store.db, root, releaseTask(task.id))
  t.deepEqual(records[0]!.recipients, [grace.user_id, ada.user_id])
  t.like(JSON.parse(records[0]!.data), {previous_owner_user_id: grace.user_id, actor_user_id: root.user_id})
})

test('when a member releases an available task, or a task of another owner, the release is rejected and appends no event', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  await t.throwsAsync(commitChange(store.db, ada, releaseTask(task.id)), {code: 'task-not-owned'})
  const {cursor} = await commitChange(store.db, grace, takeTask(task.id))
  await t.throwsAsync(commitChange(store.db, ada, releaseTask(task.id)), {code: 'not-the-owner'})
  t.deepEqual(await readHead(store.db, ada.organization_id), cursor)
})
