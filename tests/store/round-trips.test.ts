import ava from 'ava'
import {type Kysely, sql} from 'kysely'
import pg from 'pg'
import {openStore, type Store} from '../../src/store/connection.ts'
import {runBatchAndCommit} from '../../src/store/round-trips.ts'
import {openEmbeddedStore} from '../helpers/data-folder.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

interface Tables {
  notes: {n: number}
}

testRoundTrips('the embedded store', ava, openEmbeddedStore)
testRoundTrips('Postgres', testOnPostgres, async () => openStore({url: await createEmptyDatabase()}))

// The tests are serial, because they share a table.
function testRoundTrips(
  name: string,
  {serial: test}: typeof testOnPostgres,
  open: () => Promise<Store>,
): void {
  let opening: Promise<Store> | undefined
  /** Returns the database with an empty table of notes. */
  const start = async () => {
    opening ??= open()
    const db = (await opening).db as unknown as Kysely<Tables>
    await sql`create table if not exists notes (n int primary key); delete from notes`.execute(db)
    return db
  }
  ava.after.always(async () => (await opening)?.close())

  test(`${name}: a batch runs its writes and its query, commits, and returns the rows of the query`, async t => {
    const db = await start()
    const rows = await db
      .transaction()
      .execute(trx =>
        runBatchAndCommit(
          trx,
          [insert(trx, 1), insert(trx, 2)],
          sql<{sum: number}>`select sum(n)::int as sum from notes`.compile(trx),
        ),
      )
    t.deepEqual(rows, [{sum: 3}])
    t.deepEqual(await notesOf(db), [1, 2])
  })

  for (const [what, failing, code] of [
    ['a write', [1, 1], '23505'],
    ['the last query', [1], '22012'],
  ] as const) {
    test(`${name}: when ${what} of a batch fails, the error is thrown and the whole transaction is rolled back`, async t => {
      const db = await start()
      const change = db.transaction().execute(async trx => {
        await insertNow(trx, 7)
        const writes = failing.map(n => insert(trx, n))
        await runBatchAndCommit(trx, writes, sql`select 1 / (count(*) - count(*)) from notes`.compile(trx))
      })
      await t.throwsAsync(change, {code})
      t.deepEqual(await notesOf(db), [])
      await db.transaction().execute(trx => insertNow(trx, 8))
      t.deepEqual(await notesOf(db), [8], 'the connection remains usable')
    })
  }

  test(`${name}: a value that cannot be serialized prevents the whole batch from being sent`, async t => {
    const db = await start()
    const circle: {self?: object} = {}
    circle.self = circle
    const unwritable = sql`select ${circle}::json`.compile(db)
    await t.throwsAsync(
      db.transaction().execute(trx => runBatchAndCommit(trx, [insert(trx, 1), unwritable], insert(trx, 2))),
    )
    await t.throwsAsync(db.transaction().execute(trx => runBatchAndCommit(trx, [insert(trx, 1)], unwritable)))
    t.deepEqual(await notesOf(db), [])
    await db.transaction().execute(trx => runBatchAndCommit(trx, [insert(trx, 3)], insert(trx, 4)))
    t.deepEqual(await notesOf(db), [3, 4], 'the connection remains usable')
  })

  test(`${name}: a transaction that was committed with its last query rejects further queries`, async t => {
    const db = await start()
    const change = db.transaction().execute(async trx => {
      await runBatchAndCommit(trx, [], insert(trx, 1))
      await insertNow(trx, 2)
    })
    await t.throwsAsync(change, {message: /already committed/})
    t.deepEqual(await notesOf(db), [1])
  })

  test(`${name}: a transaction that ignores the error of a query rejects, because the transaction was rolled back`, async t => {
    const db = await start()
    const change = db.transaction().execute(async trx => {
      await insertNow(trx, 1)
      await insertNow(trx, 1).catch(() => {})
    })
    await t.throwsAsync(change, {message: 'The transaction was rolled back'})
    t.deepEqual(await notesOf(db), [])
  })

  test(`${name}: a transaction without a query sends nothing and leaves the connection usable`, async t => {
    const db = await start()
    t.is(await db.transaction().execute(async () => 'nothing'), 'nothing')
    await t.throwsAsync(
      db.transaction().execute(async () => {
        throw new Error('changed my mind')
      }),
      {message: 'changed my mind'},
    )
    await insertNow(db, 1)
    t.deepEqual(await notesOf(db), [1])
  })

  test(`${name}: the isolation level already applies to the first query of a transaction`, async t => {
    const db = await start()
    const level = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async trx => {
        const {rows} = await sql<{level: string; only: string}>`
          select current_setting('transaction_isolation') as level,
            current_setting('transaction_read_only') as only`.execute(trx)
        return rows[0]
      })
    t.deepEqual(level, {level: 'repeatable read', only: 'on'})
  })
}

testOnPostgres(
  'a transaction whose connection breaks fails, and the next query uses another connection',
  async t => {
    const url = await createEmptyDatabase()
    const store = await openStore({url})
    const other = new pg.Client(url)
    await other.connect()
    t.teardown(() => Promise.all([store.close(), other.end()]))
    const db = store.db as unknown as Kysely<Tables>
    await sql`create table notes (n int primary key)`.execute(db)
    const change = db.transaction().execute(async trx => {
      const {rows} = await sql<{pid: number}>`select pg_backend_pid() as pid`.execute(trx)
      await other.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await runBatchAndCommit(trx, [insert(trx, 1)], insert(trx, 2))
    })
    await t.throwsAsync(change)
    t.deepEqual(await notesOf(db), [])
  },
)

function insert(db: Kysely<Tables>, n: number) {
  return db.insertInto('notes').values({n}).compile()
}

async function insertNow(db: Kysely<Tables>, n: number): Promise<void> {
  await db.insertInto('notes').values({n}).execute()
}

async function notesOf(db: Kysely<Tables>): Promise<number[]> {
  const notes = await db.selectFrom('notes').select('n').orderBy('n').execute()
  return notes.map(({n}) => n)
}
