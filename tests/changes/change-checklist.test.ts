import {sql} from 'kysely'
import type {Task} from '../../src/board/task.ts'
import {addChecklistItem, editChecklistItem, removeChecklistItem} from '../../src/changes/change-checklist.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {deleteTask} from '../../src/changes/delete-task.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readBoard, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('a task contains its checklist, and a board only the numbers', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {sprint, task} = await createBoard(db, ada)
  const text = 'Weld "the" {ring}, \\ ’ 🛠'
  const {result, records} = await commitChange(db, ada, addChecklistItem(task.id, {text}))
  t.like(result, {
    checklist: [{text, is_done: false}],
    checklist_count: 1,
    checklist_done_count: 0,
    version: 2,
  })
  t.deepEqual((await readTask(db, ada.organization_id, task.id)).result, result)
  t.like(JSON.parse(records[0]!.data), {type: 'task.updated', version: 2, task: result})
  const [onBoard] = (await readBoard(db, ada.organization_id, sprint.id)).result.stories[0]!.tasks
  t.like(onBoard, {checklist_count: 1, checklist_done_count: 0})
  t.false('checklist' in onBoard!)
  const again = await commitChange(
    db,
    ada,
    editChecklistItem(task.id, result.checklist[0]!.id, {is_done: false}),
  )
  t.deepEqual(again.records, [])
  const stale = commitChange(db, ada, addChecklistItem(task.id, {text}, [1]))
  await t.throwsAsync(stale, {code: 'version-mismatch'})
})

test('when members change different items at the same time, every change succeeds and none is lost', async t => {
  const {db} = store
  const {ada, grace} = await createOrganization(db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(db, ada)
  const texts = Array.from({length: 8}, (_, n) => `Item ${n}`)
  await Promise.all(
    texts.map((text, n) => commitChange(db, n % 2 ? ada : grace, addChecklistItem(task.id, {text}))),
  )
  const {result: before} = await readTask(db, ada.organization_id, task.id)
  t.deepEqual(before.checklist.map(({text}) => text).sort(), texts)
  const [removed, ...others] = before.checklist
  await Promise.all([
    commitChange(db, ada, removeChecklistItem(task.id, removed!.id)),
    ...others.map(({id}, n) =>
      commitChange(db, n % 2 ? ada : grace, editChecklistItem(task.id, id, {is_done: true})),
    ),
  ])
  const {result: after} = await readTask(db, ada.organization_id, task.id)
  t.like(after, {checklist_count: 7, checklist_done_count: 7, version: 17})
  await t.throwsAsync(commitChange(db, ada, editChecklistItem(task.id, removed!.id, {is_done: true})), {
    code: 'checklist-item-not-found',
  })
})

test('the texts of checklists count as texts of the organization', async t => {
  const {db} = store
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {task} = await createBoard(db, ada)
  const count = async () => {
    const {rows} = await sql<{counted: number; stored: number}>`
      select text_bytes as counted, stored_text_bytes(organization_id) as stored
      from event_streams where organization_id = ${ada.organization_id}`.execute(db)
    t.is(rows[0]!.counted, rows[0]!.stored)
    return rows[0]!.counted
  }
  const before = await count()
  const change = async (edit: Parameters<typeof commitChange<Task>>[2]) =>
    (await commitChange(db, ada, edit)).result
  const {checklist} = await change(addChecklistItem(task.id, {text: 'Größe'}))
  t.is(await count(), before + 7)
  await change(editChecklistItem(task.id, checklist[0]!.id, {text: 'Size'}))
  t.is(await count(), before + 4)
  await change(addChecklistItem(task.id, {text: 'Form'}))
  await commitChange(db, ada, deleteTask(task.id))
  t.is(await count(), before - Buffer.byteLength(task.title))
})
