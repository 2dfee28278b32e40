import ava, {type ExecutionContext, type TestFn} from 'ava'
import {sql} from 'kysely'
import {pino} from 'pino'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller} from '../../src/board/member.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {commitChange} from '../../src/changes/commit-change.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {KeysInProgress} from '../../src/changes/keys-in-progress.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {hashOf} from '../../src/identity/secrets.ts'
import {startSession} from '../../src/identity/sessions.ts'
import {issueTicket, useTicket} from '../../src/identity/tickets.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {appendEvents, readHead, readPage} from '../../src/store/event-log.ts'
import {type PruningOptions, prune, startPruning} from '../../src/store/pruning.ts'
import {listComments, readBoard} from '../../src/store/snapshots.ts'
import {openEmbeddedStore} from '../helpers/data-folder.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

const nothing = {events: 0, keys: 0, deliveries: 0, tickets: 0, sessions: 0}

const stores: Record<string, {test: TestFn; open: () => Promise<Store>}> = {
  'the embedded store': {test: ava, open: openEmbeddedStore},
  Postgres: {test: testOnPostgres, open: async () => openStore({url: await createDatabase()})},
}

// The tests are serial, because pruning affects the whole store.
for (const [name, {test, open}] of Object.entries(stores)) {
  let store: Store
  test.before(async () => {
    store = await open()
  })
  test.after.always(() => store?.close())

  async function start(): Promise<{db: Database; ada: Caller; id: string}> {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    return {db: store.db, ada, id: ada.organization_id}
  }

  test.serial(
    `${name}: events older than the retention are deleted in batches, and younger events are not deleted`,
    async t => {
      const {db, ada, id} = await start()
      for (const days of [9, 8, 7.01]) await append(db, ada, days, 25)
      await append(db, ada, 6.99, 5)
      t.deepEqual(await prune({...options(db), batchSize: 10}), {...nothing, events: 75})
      t.like(await readPage(db, id, 0, 75), {oldest: 76, head: 80, records: []})
      t.is((await readPage(db, id, 75, 80)).records.length, 5)
      t.deepEqual(await prune(options(db)), nothing)
    },
  )

  test.serial(
    `${name}: an expired event is not deleted while an event with a lower seq has not expired`,
    async t => {
      const {db, ada, id} = await start()
      await append(db, ada, 8, 3)
      await append(db, ada, 6, 1)
      await append(db, ada, 8, 3)
      t.is((await prune({...options(db), batchSize: 2})).events, 3)
      const {oldest, records} = await readPage(db, id, 0, 10)
      t.is(oldest, 4)
      t.is(records.length, 4)
    },
  )

  test.serial(
    `${name}: a log whose events have all expired is emptied and continues with the next seq`,
    async t => {
      const {db, ada, id} = await start()
      await append(db, ada, 8, 4)
      t.is((await prune({...options(db), batchSize: 2})).events, 4)
      t.like(await readPage(db, id, 0, 10), {oldest: 5, head: 4, records: []})
      t.is((await append(db, ada, 0, 1)).cursor.seq, 5)
    },
  )

  test.serial(`${name}: the log of every organization is pruned by the age of its own events`, async t => {
    const {db, ada, id} = await start()
    const {eve} = await createOrganization(db, {eve: 'member'})
    const {bob} = await createOrganization(db, {bob: 'member'})
    await append(db, ada, 8, 3)
    await append(db, eve, 6, 3)
    await append(db, bob, 30, 2)
    t.is((await prune(options(db))).events, 5)
    t.is((await readPage(db, id, 0, 9)).oldest, 4)
    t.is((await readPage(db, eve.organization_id, 0, 9)).oldest, 1)
    t.is((await readPage(db, bob.organization_id, 0, 9)).oldest, 3)
  })

  test.serial(`${name}: a board and its comments remain after their events are pruned`, async t => {
    const {db, ada, id} = await start()
    const {sprint, task} = await createBoard(db, ada)
    await commitChange(db, ada, takeTask(task.id))
    await commitChange(db, ada, commentOnTask(task.id, {body: 'Mind the valve.', mentions: []}))
    const before = await readBoard(db, id, sprint.id)
    const comments = await listComments(db, id, task.id, {limit: 9})
    t.is(comments.result.items.length, 1)
    await age({db, id}, 'events', 8)
    t.is((await prune(options(db))).events, before.cursor.seq)
    t.deepEqual(await readBoard(db, id, sprint.id), before)
    t.deepEqual(await listComments(db, id, task.id, {limit: 9}), comments)
  })

  test.serial(`${name}: an idempotency key can be reused after a day, but not earlier`, async t => {
    const {db, ada, id} = await start()
    const create = (key: string) =>
      commitChange(db, ada, createProject({name: 'Rocket', phase: 'planning'}), {
        route: 'post /projects',
        key,
        content: {},
        inProgress: new KeysInProgress(),
      }).then(({result}) => result.id)
    const old = [await create('k-1'), await create('k-2'), await create('k-3')]
    await age({db, id}, 'idempotency_keys', 1.01)
    const young = await create('k-4')
    t.is((await prune({...options(db), batchSize: 2})).keys, 3)
    t.false(old.includes(await create('k-1')))
    t.is(await create('k-4'), young)
  })

  test.serial(
    `${name}: a ticket is deleted when its first use is too late, a day after its end, and 30 days after its last use`,
    async t => {
      const {db, ada, id} = await start()
      const at = (days: number) => Date.now() - days * 86_400_000
      const grant = {memberId: ada.user_id}
      const issue = (createdAt: number, expiresAt?: number) =>
        issueTicket(db, {organizationId: id, grant, expiresAt, selection: {topics: ['tasks']}}, createdAt)
      const kept: string[] = []
      const deleted: string[] = []
      const used = async (expectation: string[], days: number, expiresAt?: number) => {
        const {ticket} = await issue(at(days), expiresAt)
        await useTicket(db, ticket, at(days))
        expectation.push(ticket)
      }
      deleted.push((await issue(Date.now() - 31_000)).ticket)
      kept.push((await issue(Date.now())).ticket)
      await used(deleted, 30.01)
      await used(kept, 29.9)
      await used(deleted, 3, at(1.01))
      await used(kept, 3, at(0.9))
      t.deepEqual(await prune({...options(db), batchSize: 2}), {...nothing, tickets: 3})
      const left = await db
        .selectFrom('tickets')
        .select('ticket_hash')
        .where('organization_id', '=', id)
        .execute()
      const hashes = left.map(({ticket_hash}) => ticket_hash.toString('hex')).sort()
      t.deepEqual(hashes, kept.map(ticket => hashOf(ticket).toString('hex')).sort())
      t.is(deleted.length, 3)
    },
  )

  test.serial(
    `${name}: a session is deleted with its tickets a day after the session has ended or expired`,
    async t => {
      const {db, ada, id} = await start()
      const member = {organizationId: id, memberId: ada.user_id, role: 'member'} as const
      const signIn = async (endsInDays: number) => {
        const {secret} = await startSession(db, {...member, expiresAt: Date.now() + endsInDays * 86_400_000})
        return db
          .selectFrom('sessions')
          .select(['id', 'session_hash'])
          .where('session_hash', '=', hashOf(secret))
          .executeTakeFirstOrThrow()
      }
      const end = (sessionId: string, days: number) =>
        db
          .updateTable('sessions')
          .set({ended_at: daysAgo(days)})
          .where('id', '=', sessionId)
          .execute()
      const open = await signIn(1)
      const expired = await signIn(-0.9)
      const ended = await signIn(1)
      await end(ended.id, 0.9)
      const [longExpired, longEnded] = [await signIn(-1.01), await signIn(1)]
      await end(longEnded.id, 1.01)
      for (const {id: sessionId} of [open, longExpired, longEnded]) {
        const grant = {memberId: ada.user_id, sessionId}
        const expiresAt = undefined
        await issueTicket(db, {organizationId: id, grant, expiresAt, selection: {topics: ['tasks']}})
      }
      t.deepEqual(await prune({...options(db), batchSize: 1}), {...nothing, sessions: 2})
      const idsIn = async (table: 'sessions' | 'tickets', column: 'id' | 'session_id') => {
        const {rows} = await sql<{id: string}>`
          select ${sql.ref(column)} as id from ${sql.table(table)} where organization_id = ${id}`.execute(db)
        return rows.map(row => row.id).sort()
      }
      t.deepEqual(await idsIn('sessions', 'id'), [open.id, expired.id, ended.id].sort())
      t.deepEqual(await idsIn('tickets', 'session_id'), [open.id])
    },
  )

  test.serial(`${name}: pruning repeats at intervals until it is stopped`, async t => {
    const {db, ada, id} = await start()
    const stop = startPruning({...options(db), intervalMs: 10})
    for (const oldest of [3, 5]) {
      await append(db, ada, 8, 2)
      await waitUntil(async () => (await readPage(db, id, 0, 9)).oldest === oldest)
    }
    await stop()
    await append(db, ada, 8, 2)
    t.is((await readPage(db, id, 4, 9)).oldest, 5)
  })
}

testOnPostgres('concurrent pruning deletes each event once', async t => {
  const store = await openTwice(t)
  const {ada} = await createOrganization(store[0].db, {ada: 'member'})
  await append(store[0].db, ada, 8, 500)
  const runs = await Promise.all(store.map(({db}) => prune({...options(db), batchSize: 10})))
  t.is(runs[0]!.events + runs[1]!.events, 500)
  t.is((await readPage(store[0].db, ada.organization_id, 0, 1)).oldest, 501)
})

testOnPostgres('pruning deletes nothing when another process is already pruning', async t => {
  const [first, second] = await openTwice(t)
  const {ada} = await createOrganization(first.db, {ada: 'member'})
  const {eve} = await createOrganization(first.db, {eve: 'member'})
  await append(first.db, ada, 8, 3)
  await append(first.db, eve, 8, 3)
  const pruning = await first.db.transaction().execute(async trx => {
    // Locks the log rows of Ada's and Eve's organizations, so that the first pruning waits in the middle of a batch.
    await sql`select from event_streams where organization_id = ${ada.organization_id} for update`.execute(
      trx,
    )
    await sql`select from event_streams where organization_id = ${eve.organization_id} for update`.execute(
      trx,
    )
    const pruning = prune(options(first.db))
    await waitUntil(() => isLockAwaited(first.db))
    t.deepEqual(await prune(options(second.db)), nothing)
    return {pruning}
  })
  t.is((await pruning.pruning).events, 6)
})

testOnPostgres('stopping the pruning completes the current batch and starts no further batch', async t => {
  const [{db}] = await openTwice(t)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id
  await append(db, ada, 8, 30)
  let hasStopped = false
  const stopping = await db.transaction().execute(async trx => {
    await sql`select from event_streams where organization_id = ${id} for update`.execute(trx)
    const stop = startPruning({...options(db), batchSize: 10})
    await waitUntil(() => isLockAwaited(db))
    // The first batch has deleted its events but has not committed the deletion.
    t.is((await readPage(db, id, 0, 30)).records.length, 30)
    const done = stop().then(() => {
      hasStopped = true
    })
    t.true(await isLockAwaited(db))
    t.false(hasStopped)
    return {done}
  })
  await stopping.done
  t.is((await readPage(db, id, 0, 30)).oldest, 11, 'only one batch was deleted')
  t.is((await append(db, ada, 0, 1)).cursor.seq, 31)
})

testOnPostgres('events that are appended while a batch waits to lock the log are not deleted', async t => {
  const [{db}] = await openTwice(t)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id
  await append(db, ada, 8, 3)
  const pruning = await db.transaction().execute(async trx => {
    await appendEvents(trx, id, daysAgo(8), [{event: someEvent(ada)}])
    const pruning = prune(options(db))
    await waitUntil(() => isLockAwaited(db))
    return {pruning}
  })
  t.is((await pruning.pruning).events, 3)
  t.like(await readHead(db, id), {seq: 4})
  const {oldest, records} = await readPage(db, id, 0, 9)
  t.is(oldest, 4)
  t.is(records.length, 1)
})

testOnPostgres('a change commits between two batches, while the second batch deletes its events', async t => {
  const [{db}] = await openTwice(t)
  const {ada} = await createOrganization(db, {ada: 'member'})
  const id = ada.organization_id
  await append(db, ada, 8, 30)
  const pruning = await db.transaction().execute(async trx => {
    // Locks an event of the second batch, so that the second batch waits before it locks the log.
    await sql`select from events where organization_id = ${id} and seq = 15 for update`.execute(trx)
    const pruning = prune({...options(db), batchSize: 10})
    await waitUntil(() => isLockAwaited(db))
    t.like(await readPage(db, id, 0, 1), {oldest: 11, head: 30})
    t.is((await append(db, ada, 0, 1)).cursor.seq, 31)
    t.true(await isLockAwaited(db))
    t.like(await readPage(db, id, 0, 1), {oldest: 11, head: 31})
    return {pruning}
  })
  t.is((await pruning.pruning).events, 30)
  t.like(await readPage(db, id, 0, 31), {oldest: 31, head: 31})
})

testOnPostgres('a pruning that fails is logged, and the next pruning succeeds', async t => {
  const [{db}] = await openTwice(t)
  const {ada} = await createOrganization(db, {ada: 'member'})
  await append(db, ada, 8, 3)
  await sql`alter table events rename to events_away`.execute(db)
  const logged: {level: number; msg: string; events?: number}[] = []
  const log = pino({}, {write: line => logged.push(JSON.parse(line))})
  const stop = startPruning({...options(db), log, intervalMs: 10})
  await waitUntil(async () => logged.length >= 2)
  t.true(logged.every(({level, msg}) => level === 40 && msg.startsWith('pruning failed')))
  await sql`alter table events_away rename to events`.execute(db)
  await waitUntil(async () => (await readPage(db, ada.organization_id, 0, 9)).oldest === 4)
  await stop()
  t.like(logged.at(-1), {msg: 'pruned', events: 3})
})

async function openTwice(t: ExecutionContext): Promise<[Store, Store]> {
  const url = await createDatabase()
  const stores: [Store, Store] = [await openStore({url}), await openStore({url})]
  t.teardown(() => Promise.all(stores.map(store => store.close())))
  return stores
}

function options(db: Database): PruningOptions {
  return {db, eventRetentionDays: 7, log: pino({level: 'silent'})}
}

/** Appends events that were created `days` ago. */
async function append(db: Database, by: Caller, days: number, count: number) {
  const events = Array.from({length: count}, () => ({event: someEvent(by)}))
  return db.transaction().execute(trx => appendEvents(trx, by.organization_id, daysAgo(days), events))
}

function someEvent({user_id: id, name}: Caller): BoardEvent {
  return {type: 'member.updated', timestamp: daysAgo(0), actor_user_id: id, member: {id, name}}
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString()
}

/** Sets the age of all rows of the organization in the table. */
async function age(
  {db, id}: {db: Database; id: string},
  table: 'events' | 'idempotency_keys',
  days: number,
): Promise<void> {
  await db
    .updateTable(table)
    .set({created_at: daysAgo(days)})
    .where('organization_id', '=', id)
    .execute()
}

async function isLockAwaited(db: Database): Promise<boolean> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 10))
}
