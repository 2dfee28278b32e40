import {sql} from 'kysely'
import {newTaskSchema} from '../../src/board/task.ts'
import {changeBy} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createTask} from '../../src/changes/create-task.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {editSprint} from '../../src/changes/edit-sprint.ts'
import {lockStoryForNewTask} from '../../src/changes/locks.ts'
import {openStore, type Store} from '../../src/store/connection.ts'
import {readSprint, readStory, readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization, readEvents} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

let store: Store
test.before(async () => {
  store = await openStore({url: await createDatabase()})
})
test.after.always(() => store.close())

test('when a sprint is deleted, its stories and tasks remain and no longer have a sprint', async t => {
  const {ada, root} = await createOrganization(store.db, {ada: 'member', root: 'admin'})
  const {sprint, story, task} = await createBoard(store.db, ada)
  const {cursor} = await commitChange(store.db, root, deleteSprint(sprint.id, [1]))
  await t.throwsAsync(readSprint(store.db, ada.organization_id, sprint.id), {code: 'sprint-not-found'})
  t.like((await readStory(store.db, ada.organization_id, story.id)).result, {sprint_id: null, version: 2})
  t.like((await readTask(store.db, ada.organization_id, task.id)).result, {sprint_id: null, version: 2})
  const events = await readEvents(store.db, ada.organization_id, cursor.seq - 3)
  t.deepEqual(
    events.map(({type}) => type),
    ['story.moved', 'task.moved', 'sprint.deleted'],
  )
  t.like(events[0], {from_sprint_id: sprint.id, to_sprint_id: null})
})

test('when an edit of one date would make a sprint end before the sprint starts, the edit is rejected', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {sprint} = await createBoard(store.db, ada)
  const {result} = await commitChange(
    store.db,
    ada,
    editSprint(sprint.id, {starts_on: '2026-03-02', goal: 'Up'}),
  )
  t.like(result, {starts_on: '2026-03-02', goal: 'Up', version: 2})
  const problem = await t.throwsAsync<any>(
    commitChange(store.db, ada, editSprint(sprint.id, {ends_on: '2026-03-01'})),
    {
      code: 'invalid-request',
    },
  )
  t.is(problem.data.errors[0].path, 'ends_on')
  t.deepEqual((await readSprint(store.db, ada.organization_id, sprint.id)).result, result)
  const {records} = await commitChange(store.db, ada, editSprint(sprint.id, {goal: 'Up'}))
  t.deepEqual(records, [])
})

test('when an edit and a deletion of a sprint expect the same version, either the edit or the deletion is rejected', async t => {
  const {ada, root} = await createOrganization(store.db, {ada: 'member', root: 'admin'})
  const {sprint} = await createBoard(store.db, ada)
  const outcomes = await Promise.allSettled([
    commitChange(store.db, ada, editSprint(sprint.id, {goal: 'Up'}, [1])),
    commitChange(store.db, root, deleteSprint(sprint.id, [1])),
  ])
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.is(refused.length, 1)
  t.true(['version-mismatch', 'sprint-not-found'].includes(refused[0]!.reason.code))
})

test('while the deletion of a sprint waits for a new task of the sprint, the creation of the task does not wait for the deletion; after the deletion, the task has no sprint', async t => {
  const {ada, root} = await createOrganization(store.db, {ada: 'member', root: 'admin'})
  const {sprint, story} = await createBoard(store.db, ada)
  let deletion: Promise<unknown> | undefined
  const change = changeBy('member', async (trx, caller) => {
    await lockStoryForNewTask(trx, caller.organization_id, story.id)
    deletion = commitChange(store.db, root, deleteSprint(sprint.id))
    await until(isLockAwaited)
    // If the creation waited for the deletion, each of the two changes would wait for the other change. The creation
    // would then fail after 500 ms. Without this time limit, Postgres would detect the deadlock only after 1 s.
    await sql`set local lock_timeout = 500`.execute(trx)
    return createTask(story.id, newTaskSchema.parse({title: 'Light the candle'})).work(trx, caller)
  })
  const {result: made} = await commitChange(store.db, ada, change)
  t.is(made.sprint_id, sprint.id)
  await deletion
  t.is((await readTask(store.db, ada.organization_id, made.id)).result.sprint_id, null)
})

async function isLockAwaited(): Promise<boolean> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    store.db,
  )
  return rows.length > 0
}
