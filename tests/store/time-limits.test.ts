import type {ExecutionContext} from 'ava'
import {sql} from 'kysely'
import {newProjectSchema} from '../../src/board/project.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, forOrganization, openStore} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {defaultTimeLimits, type TimeLimits} from '../../src/store/time-limits.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, createEmptyDatabase, test} from '../helpers/postgres.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const unlimited: TimeLimits = {lockMs: 0, statementMs: 0, idleInTransactionMs: 0}

test('the time limits are set on every connection', async t => {
  const {db} = await open(t, defaultTimeLimits)
  const {rows} = await sql`
    select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(db)
  t.deepEqual(rows, [{lock: '3s', statement: '8s', idle: '10s'}])
})

test('a change that waits too long for a lock returns 503 with Retry-After, and nothing is written', async t => {
  const url = await createDatabase()
  const limited = await openStore({url, timeLimits: {...unlimited, lockMs: 50}})
  const server = await startServer({store: limited})
  t.teardown(async () => {
    await server.close()
    await limited.close()
  })
  const {ada, task, organizationId} = await server.team('held lock')
  const before = await server.stateOf(organizationId)
  await limited.db.transaction().execute(async trx => {
    await sql`select from tasks where id = ${task.id} for update`.execute(trx)
    const {status, headers, body} = await ada.put(`/tasks/${task.id}/ownership`)
    t.is(status, 503)
    t.is(body.code, 'store-busy')
    t.truthy(headers.get('retry-after'))
  })
  t.deepEqual(await server.stateOf(organizationId), before)
  t.is((await ada.put(`/tasks/${task.id}/ownership`)).status, 200)
})

test('a statement that runs too long is cancelled', async t => {
  const {db} = await open(t, {...unlimited, statementMs: 500})
  await t.throwsAsync(sql`select pg_sleep(60)`.execute(db), {code: '57014'})
  t.like(await sql`select 1 as n`.execute(db), {rows: [{n: 1}]})
})

test('a transaction that stays idle loses its connection and its locks', async t => {
  const url = await createDatabase()
  const {db} = await open(t, unlimited, url)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const {task} = await createBoard(db, ada)
  const {db: limited, lost} = await open(t, {...unlimited, idleInTransactionMs: 50}, url)
  const idle = limited.transaction().execute(async trx => {
    await sql`select from tasks where id = ${task.id} for update`.execute(trx)
    await until(() => lost.length > 0)
    await sql`select 1`.execute(trx)
  })
  await t.throwsAsync(idle)
  t.like(lost, [{code: '25P03'}])
  t.is((await commitChange(db, ada, takeTask(task.id))).result.owner_user_id, ada.user_id)
})

test('a migration has no time limits', async t => {
  const url = await createEmptyDatabase()
  const {db} = await open(t, {lockMs: 1_000, statementMs: 1_000, idleInTransactionMs: 0}, url)
  const {db: other} = await open(t, unlimited, url)
  const {migrating} = await other.transaction().execute(async trx => {
    await sql`select pg_advisory_xact_lock(7230941205)`.execute(trx) // migrate() needs this lock.
    const migrating = migrate(db)
    await until(() => isLockAwaited(other))
    await sql`select pg_sleep(1.1)`.execute(trx) // This sleep is longer than lockMs and statementMs.
    return {migrating}
  })
  t.true((await migrating).length > 0)
})

test('while twelve changes wait for one row, other organizations still get connections', async t => {
  const {db} = await open(t, unlimited)
  const names = Array.from({length: 12}, (_, index) => `member ${index}`)
  const members = Object.values(
    await createOrganization(db, Object.fromEntries(names.map(name => [name, 'member' as const]))),
  )
  const {eve} = await createOrganization(db, {eve: 'member'})
  const {task} = await createBoard(db, members[0]!)
  const {takes} = await db.transaction().execute(async trx => {
    await sql`select from tasks where id = ${task.id} for update`.execute(trx)
    const takes = members.map(member =>
      commitChange(forOrganization(db, member.organization_id), member, takeTask(task.id)),
    )
    // One organization may use three of the ten connections of the pool.
    await until(async () => (await countLockWaits(db)) === 3)
    const rocket = newProjectSchema.parse({name: 'Rocket'})
    await t.notThrowsAsync(commitChange(forOrganization(db, eve.organization_id), eve, createProject(rocket)))
    return {takes}
  })
  const results = await Promise.allSettled(takes)
  t.is(results.filter(({status}) => status === 'fulfilled').length, 1)
})

async function open(t: ExecutionContext, timeLimits: TimeLimits, url?: string) {
  const lost: Error[] = []
  const store = await openStore({
    url: url ?? (await createDatabase()),
    timeLimits,
    onConnectionLost: error => lost.push(error),
  })
  t.teardown(() => store.close())
  return {db: store.db, lost}
}

async function countLockWaits(db: Database): Promise<number> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length
}

async function isLockAwaited(db: Database): Promise<boolean> {
  return (await countLockWaits(db)) > 0
}
