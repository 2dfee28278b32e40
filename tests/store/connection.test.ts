import test from 'ava'
import {sql} from 'kysely'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {openEmbeddedStore} from '../helpers/data-folder.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

// This time also limits how long a connection takes to open, which can be long on a busy machine.
const acquireTimeoutMs = 3000

let embedded: Store // the embedded store has one connection, so its tests are serial
test.before(async () => {
  embedded = await openEmbeddedStore()
})
test.after.always(() => embedded?.close())

const values = {
  seq: 9_007_199_254_740_991,
  count: 3,
  hours: 0.1,
  tiny: 5e-324,
  large: 1e20,
  flag: true,
  nothing: null,
  day: '2026-02-28',
  time: '2026-01-31T08:15:00.123Z',
  early: '0099-12-31T23:59:59.999Z',
  words: ['', 'NULL', 'a,b', '"quoted"', '{}', '\\', 'é\n👩‍🚀'],
  ids: ['01a1fbaf-867d-7900-9b16-85cc81877268'],
  none: [],
}

test.serial('the embedded store returns values of every type unchanged', async t => {
  await embedded.db.connection().execute(async db => t.deepEqual(await echo(db), values))
})

testOnPostgres('Postgres returns values of every type unchanged, in any time zone', async t => {
  const {db, close} = await openStore({url: await createEmptyDatabase()})
  t.teardown(close)
  for (const zone of ['UTC', 'Asia/Kathmandu', 'America/St_Johns']) {
    await db.transaction().execute(async trx => {
      await sql.raw(`set local time zone '${zone}'`).execute(trx)
      t.deepEqual(await echo(trx), values)
    })
  }
})

test.serial(
  'a query outside the open transaction of the embedded store fails with store-busy instead of waiting forever',
  async t => {
    const {db, close} = await openEmbeddedStore({acquireTimeoutMs})
    t.teardown(close)
    const change = db.transaction().execute(async () => {
      await sql`select 1`.execute(db)
    })
    await t.throwsAsync(change, {code: 'store-busy'})
    t.like(await sql`select 1 as n`.execute(db), {rows: [{n: 1}]}, 'the store remains usable')
  },
)

test.serial('queries of the embedded store run in the order in which they were issued', async t => {
  const order: number[] = []
  const query = async (n: number) => {
    await sql`select ${n}::int`.execute(embedded.db)
    order.push(n)
  }
  const numbers = Array.from({length: 20}, (_, index) => index)
  await Promise.all(numbers.map(query))
  t.deepEqual(order, numbers)
})

test.serial('a failed transaction of the embedded store is rolled back', async t => {
  await sql`create table notes (n int)`.execute(embedded.db)
  const failing = embedded.db.transaction().execute(async trx => {
    await sql`insert into notes values (1)`.execute(trx)
    await sql`insert into notes values (1 / 0)`.execute(trx)
  })
  await t.throwsAsync(failing, {code: '22012'})
  t.deepEqual((await sql`select * from notes`.execute(embedded.db)).rows, [])
})

testOnPostgres(
  'when all connections to Postgres are in use, a query fails with store-busy after the timeout',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase(), poolSize: 1, acquireTimeoutMs})
    t.teardown(close)
    const change = db.transaction().execute(async () => {
      await sql`select 1`.execute(db)
    })
    await t.throwsAsync(change, {code: 'store-busy'})
    t.like(await sql`select 1 as n`.execute(db), {rows: [{n: 1}]})
  },
)

testOnPostgres('a lost idle connection is reported, and the next query uses a new connection', async t => {
  const url = await createEmptyDatabase()
  let onLost: (error: Error) => void
  const lost = new Promise<Error>(resolve => {
    onLost = resolve
  })
  const {db, close} = await openStore({url, onConnectionLost: error => onLost(error)})
  const other = await openStore({url})
  t.teardown(() => Promise.all([close(), other.close()]))
  const {rows} = await sql<{pid: number}>`select pg_backend_pid() as pid`.execute(db)
  await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(other.db)
  t.like(await lost, {code: '57P01'})
  t.like(await sql`select 1 as n`.execute(db), {rows: [{n: 1}]})
})

testOnPostgres('values have the same form when the defaults of the database are different', async t => {
  const url = await createEmptyDatabase()
  const expected = {
    day: '2026-01-31',
    time: '2026-01-31T08:15:00.123Z',
    bytes: Buffer.from([0, 92, 255]),
    sum: 0.1 + 0.2,
    isolation: 'read committed',
  }
  const usual = await openStore({url})
  t.teardown(usual.close)
  t.deepEqual(await readValues(usual.db), expected)
  for (const setting of [
    sql`datestyle = 'SQL, DMY'`,
    sql`timezone = 'Asia/Kathmandu'`,
    sql`bytea_output = 'escape'`,
    sql`extra_float_digits = -3`,
    sql`default_transaction_isolation = 'serializable'`,
  ]) {
    await sql`alter database ${sql.id(new URL(url).pathname.slice(1))} set ${setting}`.execute(usual.db)
  }
  const unusual = await openStore({url})
  t.teardown(unusual.close)
  t.deepEqual(await readValues(unusual.db), expected)
})

async function readValues(db: Database): Promise<unknown> {
  const {rows} = await sql`
    select date '2026-01-31' as day, timestamptz '2026-01-31T08:15:00.123Z' as time, ${Buffer.from([0, 92, 255])}::bytea as bytes,
      0.1::float8 + 0.2::float8 as sum, current_setting('transaction_isolation') as isolation`.execute(db)
  return rows[0]
}

test('an unreachable database server is reported as store-unavailable', async t => {
  const {db, close} = await openStore({url: 'postgres://user@127.0.0.1:1/database'})
  t.teardown(close)
  await t.throwsAsync(sql`select 1`.execute(db), {code: 'store-unavailable'})
})

async function echo(db: Database): Promise<unknown> {
  const {seq, count, hours, tiny, large, flag, nothing, day, time, early, words, ids, none} = values
  const {rows} = await sql`
    select ${seq}::bigint as seq, ${count}::int as count, ${hours}::float8 as hours, ${tiny}::float8 as tiny,
      ${large}::float8 as large, ${flag}::boolean as flag, ${nothing}::text as nothing, ${day}::date as day,
      ${time}::timestamptz(3) as time, ${early}::timestamptz(3) as early, ${words}::text[] as words,
      ${ids}::uuid[] as ids, ${none}::text[] as none`.execute(db)
  return rows[0]
}
