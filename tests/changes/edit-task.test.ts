import {commitChange} from '../../src/changes/commit-change.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('an edit replaces only the given fields; the event of the edit contains the whole task, and the recipients of the event are the owner and the creator', async t => {
  const {ada, grace, edsger} = await createOrganization(store.db, {
    ada: 'member',
    grace: 'member',
    edsger: 'member',
  })
  const {task: made} = await createBoard(store.db, ada)
  const {result: before} = await commitChange(store.db, grace, takeTask(made.id))
  const fields = {acceptance_criteria_refs: ['AC-1', 'AC-2'], estimated_hours: 2.5}
  const {result: task, records, cursor} = await commitChange(store.db, edsger, editTask(made.id, fields))
  t.deepEqual(task, {...before, ...fields, version: 3, updated_at: task.updated_at})
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor})
  t.like(await readEvents(store.db, ada.organization_id, cursor.seq - 1), {0: {type: 'task.updated', task}})
  t.deepEqual(records[0]!.recipients, [grace.user_id, ada.user_id])
})

test('an edit that changes nothing returns the task and appends no event', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {result, records} = await commitChange(
    store.db,
    ada,
    editTask(task.id, {title: task.title, estimated_hours: null}),
  )
  t.deepEqual(result, task)
  t.deepEqual(records, [])
})

test('when two edits expect the same version, one edit succeeds and the other edit is rejected', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const outcomes = await Promise.allSettled([
    commitChange(store.db, ada, editTask(task.id, {title: 'Weld'}, [1])),
    commitChange(store.db, ada, editTask(task.id, {title: 'Rivet'}, [1])),
  ])
  t.deepEqual(outcomes.map(({status}) => status).sort(), ['fulfilled', 'rejected'])
  t.is((await readTask(store.db, ada.organization_id, task.id)).result.version, 2)
})
