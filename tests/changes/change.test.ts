import {setTimeout as delay} from 'node:timers/promises'
import {sql} from 'kysely'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller} from '../../src/board/member.ts'
import {commitChange, type Outcome, requireVersion} from '../../src/changes/change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {editTask} from '../../src/changes/edit-task.ts'
import {lockTask} from '../../src/changes/locks.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {readHead, readPage} from '../../src/store/event-log.ts'
import {readTask} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test} from '../helpers/postgres.ts'

let store: Store
test.before(async () => {
  // Postgres looks for a deadlock when a lock has not come for this long; by default a second.
  store = await openStore({url: `${await createDatabase()}?options=-c%20deadlock_timeout%3D100ms`})
})
test.after.always(() => store.close())

test('a change by a viewer does not begin', async t => {
  const {vic} = await createOrganization(store.db, {vic: 'viewer'})
  const change = commitChange(store.db, vic, async () => {
    throw new Error('the work ran')
  })
  const error = await t.throwsAsync(change, {code: 'role-insufficient'})
  t.like(error, {data: {role: 'viewer', needed: 'member'}})
})

test('rows, events and the answer of a change carry one timestamp', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {result, records} = await createProject(store.db, ada, {name: 'Rocket', phase: 'planning'})
  const row = await store.db
    .selectFrom('events')
    .select('created_at')
    .where('organization_id', '=', ada.organization_id)
    .executeTakeFirstOrThrow()
  t.is(row.created_at, result.created_at)
  t.is(JSON.parse(records[0]!.data).timestamp, result.created_at)
})

test('a change that waited for another is later than it, by its timestamp too', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {edit, locked} = await store.db.transaction().execute(async trx => {
    await lockTask(trx, ada.organization_id, task.id)
    const edit = editTask(store.db, ada, task.id, {title: 'Weld'})
    await waitUntilLocked(store.db)
    await delay(5)
    return {edit: {committed: edit}, locked: new Date().toISOString()}
  })
  t.true((await edit.committed).result.updated_at >= locked)
})

test('the records that a change answers are those that the log keeps', async t => {
  const {ada, grace} = await createOrganization(store.db, {ada: 'member', grace: 'member'})
  const {task} = await createBoard(store.db, ada)
  const {records, cursor} = await takeTask(store.db, grace, task.id)
  const page = await readPage(store.db, ada.organization_id, cursor.seq - 1, cursor.seq)
  t.deepEqual(page.records, records)
})

test('a change that fails after its writes leaves neither rows nor events nor a seq', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task, project} = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  const change = commitChange(store.db, ada, async trx => {
    await trx.updateTable('tasks').set({title: 'Lost'}).where('id', '=', task.id).execute()
    await trx.updateTable('tasks').set({status: 'owned'}).where('id', '=', task.id).execute()
    return {result: null, events: [someEvent(ada, new Date().toISOString(), project.id)]}
  })
  await t.throwsAsync(change, {code: '23514'}) // check_violation: owned without an owner
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor: head})
})

test('a change that fails to commit after its events were appended leaves neither rows nor events nor a seq', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {task} = await createBoard(store.db, ada)
  const head = await readHead(store.db, ada.organization_id)
  await sql`
    create function refuse() returns trigger language plpgsql
    as $$ begin raise 'refused at the commit' using errcode = 'check_violation'; end $$`.execute(store.db)
  await sql`
    create constraint trigger refuse_at_commit after insert on events deferrable initially deferred
    for each row when (new.data like '%refuse me%') execute function refuse()`.execute(store.db)

  await t.throwsAsync(editTask(store.db, ada, task.id, {title: 'refuse me'}), {
    message: 'refused at the commit',
  })
  t.deepEqual(await readTask(store.db, ada.organization_id, task.id), {result: task, cursor: head})
  const {records} = await readPage(store.db, ada.organization_id, head.seq, head.seq + 10)
  t.deepEqual(records, [])
  const {cursor} = await editTask(store.db, ada, task.id, {title: 'Weld'})
  t.is(cursor.seq, head.seq + 1, 'the next change takes the seq that was given back')
})

test.serial('a change that loses a deadlock runs again and succeeds, its events appended once', async t => {
  const {ada} = await createOrganization(store.db, {ada: 'member'})
  const {organization_id} = ada
  const {task} = await createBoard(store.db, ada)
  const {seq} = await readHead(store.db, organization_id)

  let attempts = 0
  let tellTaskIsHeld = () => {}
  const taskIsHeld = new Promise<void>(resolve => {
    tellTaskIsHeld = resolve
  })
  const alterTaskThenLog = () =>
    commitChange(store.db, ada, async trx => {
      const title = `Attempt ${++attempts}`
      await trx.updateTable('tasks').set({title}).where('id', '=', task.id).execute()
      tellTaskIsHeld()
      // Postgres looks for a deadlock once a wait, so the one that is to lose is the one that begins to wait last.
      while (attempts === 1 && !(await somebodyWaits(store.db))) {}
      return {result: attempts, events: [someEvent(ada, new Date().toISOString(), task.project_id)]}
    })
  const {change} = await store.db.transaction().execute(async trx => {
    // The stream before the task, the wrong way round, and more patiently than the change.
    await sql`set local deadlock_timeout = '1min'`.execute(trx)
    await sql`select from event_streams where organization_id = ${organization_id} for update`.execute(trx)
    const change = alterTaskThenLog()
    await taskIsHeld
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
  test(`a change that fails with ${code} each time is tried ${attemptsExpected}× and then refused with it`, async t => {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    let attempts = 0
    const change = commitChange(store.db, ada, async trx => {
      attempts++
      await sql.raw(`do $$ begin raise 'conflict' using errcode = '${code}'; end $$`).execute(trx)
      return {result: null, events: []}
    })
    await t.throwsAsync(change, {message: 'conflict', code})
    t.is(attempts, attemptsExpected)
  })
}

test('the version that is expected may be any of several, or none in particular', t => {
  t.notThrows(() => requireVersion(undefined, 3))
  t.notThrows(() => requireVersion([1, 3], 3))
  t.throws(() => requireVersion([1, 2], 3), {code: 'version-mismatch'})
  t.throws(() => requireVersion([], 3), {code: 'version-mismatch'})
})

async function somebodyWaits(db: Database): Promise<boolean> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

function someEvent(by: Caller, timestamp: string, projectId: string): Outcome<null>['events'][number] {
  const project = {
    id: projectId,
    name: 'Rocket',
    phase: '',
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

/** Resolves when a query waits for a lock. */
async function waitUntilLocked(db: Database): Promise<void> {
  for (;;) {
    const {rows} = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows.length > 0) return
    await delay(5)
  }
}
