import ava, {type ExecutionContext, type TestFn} from 'ava'
import {sql} from 'kysely'
import {pino} from 'pino'
import type {BoardEvent} from '../../src/board/events.ts'
import type {Caller} from '../../src/board/member.ts'
import {commentOnTask} from '../../src/changes/comment-on-task.ts'
import {createProject} from '../../src/changes/create-project.ts'
import {oncePerKey} from '../../src/changes/once-per-key.ts'
import {takeTask} from '../../src/changes/take-task.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {appendEvents, readHead, readPage} from '../../src/store/event-log.ts'
import {migrate} from '../../src/store/migrate.ts'
import {type PruningOptions, prune, startPruning} from '../../src/store/pruning.ts'
import {listComments, readBoard} from '../../src/store/snapshots.ts'
import {createBoard, createOrganization} from '../helpers/organization.ts'
import {createDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

const stores: Record<string, {test: TestFn; open: () => Promise<Store>}> = {
  'the embedded store': {test: ava, open: () => openStore({})},
  Postgres: {test: testOnPostgres, open: async () => openStore({url: await createDatabase()})},
}

// One test after another: pruning is of the whole store.
for (const [name, {test, open}] of Object.entries(stores)) {
  let store: Store
  test.before(async () => {
    store = await open()
    await migrate(store.db)
  })
  test.after.always(() => store?.close())

  async function start(): Promise<{db: Database; ada: Caller; id: string}> {
    const {ada} = await createOrganization(store.db, {ada: 'member'})
    return {db: store.db, ada, id: ada.organization_id}
  }

  test.serial(
    `${name}: events older than the retention are forgotten in batches, younger ones are kept`,
    async t => {
      const {db, ada, id} = await start()
      for (const days of [9, 8, 7.01]) await append(db, ada, days, 25)
      await append(db, ada, 6.99, 5)
      t.deepEqual(await prune({...options(db), batchLength: 10}), {events: 75, keys: 0, deliveries: 0})
      t.like(await readPage(db, id, 0, 75), {oldest: 76, head: 80, records: []})
      t.is((await readPage(db, id, 75, 80)).records.length, 5)
      t.deepEqual(await prune(options(db)), {events: 0, keys: 0, deliveries: 0})
    },
  )

  test.serial(
    `${name}: what follows the first event to be kept is kept with it, however old it says it is`,
    async t => {
      const {db, ada, id} = await start()
      await append(db, ada, 8, 3)
      await append(db, ada, 6, 1)
      await append(db, ada, 8, 3)
      t.is((await prune({...options(db), batchLength: 2})).events, 3)
      const {oldest, records} = await readPage(db, id, 0, 10)
      t.is(oldest, 4)
      t.is(records.length, 4)
    },
  )

  test.serial(
    `${name}: a log whose events are all too old is emptied and goes on with the next seq`,
    async t => {
      const {db, ada, id} = await start()
      await append(db, ada, 8, 4)
      t.is((await prune({...options(db), batchLength: 2})).events, 4)
      t.like(await readPage(db, id, 0, 10), {oldest: 5, head: 4, records: []})
      t.is((await append(db, ada, 0, 1)).cursor.seq, 5)
    },
  )

  test.serial(`${name}: every organization's log is pruned, each by its own events`, async t => {
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

  test.serial(`${name}: the board and its comments outlive their events`, async t => {
    const {db, ada, id} = await start()
    const {sprint, task} = await createBoard(db, ada)
    await takeTask(db, ada, task.id)
    await commentOnTask(db, ada, task.id, {body: 'Mind the valve.', mentions: []})
    const before = await readBoard(db, id, sprint.id)
    const comments = await listComments(db, id, task.id, {limit: 9})
    t.is(comments.result.items.length, 1)
    await age({db, id}, 'events', 8)
    t.is((await prune(options(db))).events, before.cursor.seq)
    t.deepEqual(await readBoard(db, id, sprint.id), before)
    t.deepEqual(await listComments(db, id, task.id, {limit: 9}), comments)
  })

  test.serial(`${name}: a key is good again after a day, not before`, async t => {
    const {db, ada, id} = await start()
    const create = (key: string) =>
      oncePerKey(db, ada, {route: 'post /projects', key, content: {}}, trx =>
        createProject(trx, ada, {name: 'Rocket', phase: 'planning'}),
      ).then(({result}) => result.id)
    const old = [await create('k-1'), await create('k-2'), await create('k-3')]
    await age({db, id}, 'idempotency_keys', 1.01)
    const young = await create('k-4')
    t.is((await prune({...options(db), batchLength: 2})).keys, 3)
    t.false(old.includes(await create('k-1')))
    t.is(await create('k-4'), young)
  })

  test.serial(`${name}: pruning goes on from time to time until it is stopped`, async t => {
    const {db, ada, id} = await start()
    const stop = startPruning({...options(db), interval: 10})
    for (const oldest of [3, 5]) {
      await append(db, ada, 8, 2)
      await waitUntil(async () => (await readPage(db, id, 0, 9)).oldest === oldest)
    }
    await stop()
    await append(db, ada, 8, 2)
    await new Promise(resolve => setTimeout(resolve, 100))
    t.is((await readPage(db, id, 4, 9)).oldest, 5)
  })
}

testOnPostgres('of two prunings at once each event is forgotten by one', async t => {
  const store = await openTwice(t)
  const {ada} = await createOrganization(store[0].db, {ada: 'member'})
  await append(store[0].db, ada, 8, 500)
  const runs = await Promise.all(store.map(({db}) => prune({...options(db), batchLength: 10})))
  t.is(runs[0]!.events + runs[1]!.events, 500)
  t.is((await readPage(store[0].db, ada.organization_id, 0, 1)).oldest, 501)
})

testOnPostgres('a pruning leaves when another is at it', async t => {
  const [first, second] = await openTwice(t)
  const {ada} = await createOrganization(first.db, {ada: 'member'})
  const {eve} = await createOrganization(first.db, {eve: 'member'})
  await append(first.db, ada, 8, 3)
  await append(first.db, eve, 8, 3)
  const pruning = await first.db.transaction().execute(async trx => {
    // The first is held up at the stream's row in the middle of its batch.
    await sql`select from event_streams where organization_id = ${ada.organization_id} for update`.execute(
      trx,
    )
    await sql`select from event_streams where organization_id = ${eve.organization_id} for update`.execute(
      trx,
    )
    const pruning = prune(options(first.db))
    await waitUntil(() => somebodyWaits(first.db))
    t.deepEqual(await prune(options(second.db)), {events: 0, keys: 0, deliveries: 0})
    return {pruning}
  })
  t.is((await pruning.pruning).events, 6)
})

testOnPostgres(
  'changes wait for no more than the batch under way, and stopping waits for it too',
  async t => {
    const [{db}] = await openTwice(t)
    const {ada} = await createOrganization(db, {ada: 'member'})
    const id = ada.organization_id
    await append(db, ada, 8, 30)
    let hasStopped = false
    const stopping = await db.transaction().execute(async trx => {
      await sql`select from event_streams where organization_id = ${id} for update`.execute(trx)
      const stop = startPruning({...options(db), batchLength: 10})
      await waitUntil(() => somebodyWaits(db))
      // The first batch has deleted its events and waits for our commit; nobody sees that yet.
      t.is((await readPage(db, id, 0, 30)).records.length, 30)
      const done = stop().then(() => {
        hasStopped = true
      })
      await new Promise(resolve => setTimeout(resolve, 50))
      t.false(hasStopped)
      return {done}
    })
    await stopping.done
    t.is((await readPage(db, id, 0, 30)).oldest, 11, 'the batch under way was finished, and no other begun')
    t.is((await append(db, ada, 0, 1)).cursor.seq, 31)
  },
)

testOnPostgres(
  'events that are appended while a batch waits are kept, though they were asked for',
  async t => {
    const [{db}] = await openTwice(t)
    const {ada} = await createOrganization(db, {ada: 'member'})
    const id = ada.organization_id
    await append(db, ada, 8, 3)
    const pruning = await db.transaction().execute(async trx => {
      await appendEvents(trx, id, daysAgo(8), [{event: someEvent(ada)}])
      const pruning = prune(options(db))
      await waitUntil(() => somebodyWaits(db))
      return {pruning}
    })
    t.is((await pruning.pruning).events, 3)
    t.like(await readHead(db, id), {seq: 4})
    const {oldest, records} = await readPage(db, id, 0, 9)
    t.is(oldest, 4)
    t.is(records.length, 1)
  },
)

testOnPostgres('a store that is away is logged, and the next run tries again', async t => {
  const [{db}] = await openTwice(t)
  const {ada} = await createOrganization(db, {ada: 'member'})
  await append(db, ada, 8, 3)
  await sql`alter table events rename to events_away`.execute(db)
  const logged: {level: number; msg: string; events?: number}[] = []
  const log = pino({}, {write: line => logged.push(JSON.parse(line))})
  const stop = startPruning({...options(db), log, interval: 10})
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

/** Events that were made so many days ago. */
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

/** Makes what an organization has there older than it is. */
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

async function somebodyWaits(db: Database): Promise<boolean> {
  const {rows} = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows.length > 0
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 10))
}
