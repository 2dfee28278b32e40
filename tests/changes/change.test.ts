import {sql} from 'kysely'
import type {BoardEvent} from '../../src/board/events.ts'
import {newLabelSchema} from '../../src/board/label.ts'
import type {Caller} from '../../src/board/member.ts'
import {changeBy, type Outcome, requireVersion} from '../../src/changes/change.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createLabel} from '../../src/changes/create-label.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {deleteProject} from '../../src/changes/delete-project.ts'
import {deleteSprint} from '../../src/changes/delete-sprint.ts'
import {deleteStory} from '../../src/changes/delete-story.ts'
import {editStory} from '../../src/changes/edit-story.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {lockTask} from '../../src/changes/locks.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {type Appended, readHead, readPage} from '../../src/store/event-log.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {until} from '../helpers/until.ts'

type Board = Awaited<ReturnType<typeof createBoard>>

let store: Store
test.before(async () => {
  // When a transaction has waited for a lock for the time `deadlock_timeout`, Postgres checks for a deadlock. The tests
  // use 100 ms instead of the default of one second, so that Postgres finds deadlocks sooner.
  store = await openStore({url: `${await createDatabase()}?options=-c%20deadlock_timeout%3D100ms`})
})
test.after.always(() => store.close())

test('a change by a viewer is rejected before the change runs', async t => {
  const {vic} = await createOrganization(store.db, {vic: 'viewer'})
  const change = changeBy('member', async () => {
    throw new Error('the change ran')
  })
  const error = await t.throwsAsync(commitChange(store.db, vic, change), {code: 'role-insufficient'})
  t.like(error, {data: {role: 'viewer', needed: 'member'}})
})

test('the rows, the events and the result of a change have the same timestamp', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {result, records} = await commitChange(
    store.db,
    ada,
    createProject({name: 'Rocket', phase: 'planning'}),
  )
  const row = await store.db
    .selectFrom('events')
    .select('created_at')
    .where('organization_id', '=', ada.organization_id)
    .executeTakeFirstOrThrow()
  t.is(row.created_at, result.created_at)
  t.is(JSON.parse(records[0]!.data).timestamp, result.created_at)
})

const changesOfTask: Record<string, (by: Caller, board: Board) => Promise<Appended>> = {
  'editing a task': (by, {task}) => commitChange(store.db, by, editTask(task.id, {title: 'Weld'})),
  'moving the story of a task': (by, {story}) =>
    commitChange(store.db, by, editStory(story.id, {sprint_id: null})),
  'deleting the story of a task': (by, {story}) => commitChange(store.db, by, deleteStory(story.id)),
  'deleting the sprint of a task': (by, {sprint}) => commitChange(store.db, by, deleteSprint(sprint.id)),
  'deleting the project of a task': (by, {project}) => commitChange(store.db, by, deleteProject(project.id)),
}
for (const [what, change] of Object.entries(changesOfTask)) {
  test.serial(`${what} first waits for the lock of the task and then takes the timestamp`, async t => {
    const {root} = await createOrganization(store.db, {root: 'admin'})
    const board = await createBoard(store.db, root)
    const {waiting, locked} = await store.db.transaction().execute(async trx => {
      await lockTask(trx, root.organization_id, board.task.id)
      const waiting = change(root, board)
      await until(() => isLockAwaited(store.db))
      const awaited = Date.now()
      await until(() => Date.now() > awaited)
      return {waiting: {appended: waiting}, locked: new Date().toISOString()}
    })
    const {records} = await waiting.appended
    for (const {data} of records) t.true(JSON.parse(data).timestamp >= locked)
  })
}

test.serial('deleting a project waits for its labels before it locks the project', async t => {
  const {root} = await createOrganization(store.db, {root: 'admin'})
  const {project} = await createBoard(store.db, root)
  const label = newLabelSchema.parse({name: 'Bug'})
  await commitChange(store.db, root, createLabel(project.id, label))
  const {deletion} = await store.db.transaction().execute(async trx => {
    await sql`select from labels where project_id = ${project.id} for key share`.execute(trx)
    const deletion = commitChange(store.db, root, deleteProject(project.id))
    await until(() => isLockAwaited(store.db))
    await t.notThrowsAsync(
      sql`select from projects where id = ${project.id} for update nowait`.execute(store.db),
    )
    return {deletion}
  })
  t.is((await deletion).result, null)
})

test('the records that a change returns are equal to the records in the log', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {records, cursor} = await commitChange(store.db, grace, takeTask(task.id))
  const page = await readPage(store.db, ada.organization_id, cursor.seq - 1, cursor.seq)
  t.deepEqual(page.records, records)
})

test('when the events of a change do not fit into one round trip, all events are appended in order, and one commit makes all events visible', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {project} = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  const timestamp = new Date().toISOString()
  const events = Array.from({length: 1_001}, () => someEvent(ada, timestamp, project.id))
  const change = changeBy('member', async () => ({result: null, events}))
  const heads = new Set<number>()
  let isCommitted = false
  const committing = commitChange(store.db, ada, change).finally(() => {
    isCommitted = true
  })
  while (!isCommitted) heads.add((await readHead(store.db, ada.organization_id)).seq)
  const {records, cursor} = await committing
  t.is(cursor.seq, head.seq + 1_001)
  for (const seq of heads) t.true(seq === head.seq || seq === cursor.seq)
  t.deepEqual((await readPage(store.db, ada.organization_id, head.seq, cursor.seq)).records, records)
})

test('a change that fails after its writes leaves no rows and no events, and uses no seq', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task, project} = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  const change = changeBy('member', async trx => {
    await trx.updateTable('tasks').set({title: 'Lost'}).where('id', '=', task.id).execute()
    await trx.updateTable('tasks').set({status: 'owned'}).where('id', '=', task.id).execute()
    return {result: null, events: [someEvent(ada, new Date().toISOString(), project.id)]}
  })
  // 23514 is check_violation. The change violates a check, because a task with the status owned must have an owner.
  await t.throwsAsync(commitChange(store.db, ada, change), {code: '23514'})
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor: head})
})

test('a change that fails during the commit leaves no rows and no events, and uses no seq', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  await sql`
    create function refuse() returns trigger language plpgsql
    as $$ begin raise 'refused at the commit' using errcode = 'check_violation'; end $$`.execute(store.db)
  await sql`
    create constraint trigger refuse_at_commit after insert on events deferrable initially deferred
    for each row when (new.data like '%refuse me%') execute function refuse()`.execute(store.db)

  await t.throwsAsync(commitChange(store.db, ada, editTask(task.id, {title: 'refuse me'})), {
    message: 'refused at the commit',
  })
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor: head})
  const {records} = await readPage(store.db, ada.organization_id, head.seq, head.seq + 10)
  t.deepEqual(records, [])
  const {cursor} = await commitChange(store.db, ada, editTask(task.id, {title: 'Weld'}))
  t.is(cursor.seq, head.seq + 1, 'the next change uses the seq of the failed change')
})

test.serial('a change that fails with a deadlock is retried and appends its events once', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {organization_id} = ada
  const {task} = await createBoard(store.db, ada)
  const {seq} = await readHead(store.db, organization_id)

  let attempts = 0
  let reportTaskLocked = () => {}
  const taskLocked = new Promise<void>(resolve => {
    reportTaskLocked = resolve
  })
  const changeTaskThenLog = changeBy('member', async trx => {
    const title = `Attempt ${++attempts}`
    await trx.updateTable('tasks').set({title}).where('id', '=', task.id).execute()
    reportTaskLocked()
    // While a transaction waits, Postgres checks for a deadlock only once, after `deadlock_timeout`. Therefore the
    // other transaction must already wait when this change starts to wait. Otherwise, the check for this change could
    // run before the deadlock exists.
    while (attempts === 1 && !(await isLockAwaited(store.db))) {}
    return {result: attempts, events: [someEvent(ada, new Date().toISOString(), task.project_id)]}
  })
  const {change} = await store.db.transaction().execute(async trx => {
    // Locks the same two rows as the change, but in the reverse order. Because of the
    // long `deadlock_timeout`, Postgres finds the deadlock while the change waits, and lets the change fail.
    await sql`set local deadlock_timeout = '1min'`.execute(trx)
    await sql`select from event_streams where organization_id = ${organization_id} for update`.execute(trx)
    const change = commitChange(store.db, ada, changeTaskThenLog)
    await taskLocked
    await sql`select from tasks where id = ${task.id} for update`.execute(trx)
    return {change}
  })

  const {result, cursor} = await change
  t.true(result > 1)
  t.is(cursor.seq, seq + 1)
  t.is((await readTask(store.db, organization_id, task.id)).result.title, `Attempt ${result}`)
})

for (const [code, attemptsExpected] of [
  ['40001', 4],
  ['40P01', 4],
  ['23505', 1],
] as const) {
  test(`a change that always fails with ${code} throws the error after attempt ${attemptsExpected}`, async t => {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    let attempts = 0
    const change = changeBy('member', async trx => {
      attempts++
      await sql.raw(`do $$ begin raise 'conflict' using errcode = '${code}'; end $$`).execute(trx)
      return {result: null, events: []}
    })
    await t.throwsAsync(commitChange(store.db, ada, change), {message: 'conflict', code})
    t.is(attempts, attemptsExpected)
  })
}

test('a change can require one of several versions, or accept any version', t => {
  t.notThrows(() => requireVersion(undefined, 3))
  t.notThrows(() => requireVersion([1, 3], 3))
  t.throws(() => requireVersion([1, 2], 3), {code: 'version-mismatch'})
  t.throws(() => requireVersion([], 3), {code: 'version-mismatch'})
})

async function isLockAwaited(db: Database): Promise<boolean> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

function someEvent(by: Caller, timestamp: string, projectId: string): Outcome<null>['events'][number] {
  const project = {
    id: projectId,
    key: 'ROCK',
    name: 'Rocket',
    phase: '',
    wip_limits: {},
    version: 2,
    created_at: timestamp,
    updated_at: timestamp,
  }
  const event: BoardEvent = {
    type: 'project.created',
    timestamp,
    actor_user_id: by.user_id,
    project_id: projectId,
    version: 2,
    project,
  }
  return {event}
}
