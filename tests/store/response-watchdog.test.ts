import ava, {type ExecutionContext} from 'ava'
import {sql} from 'kysely'
import {type Database, openStore} from '../../src/store/connection.ts'
import {ResponseWatchdog} from '../../src/store/response-watchdog.ts'
import {startBlackHoleProxy} from '../helpers/black-hole-proxy.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

testOnPostgres('a query on a silent connection fails with store-unavailable after 10 seconds', async t => {
  const {db, proxy, pass, lost} = await openThroughProxy(t)
  await sql`select 1`.execute(db)
  proxy.swallow()
  const query = t.throwsAsync(sql`select 1`.execute(db), {code: 'store-unavailable'})
  await turn()
  pass(11)
  await query
  t.like(lost, [{code: 'store-unavailable'}])
  t.like(await sql`select 1 as n`.execute(db), {rows: [{n: 1}]}, 'the next query uses a new connection')
})

testOnPostgres('a transaction on a silent connection fails with store-unavailable', async t => {
  const {db, proxy, pass} = await openThroughProxy(t)
  const change = db.transaction().execute(async trx => {
    await sql`select 1`.execute(trx)
    proxy.swallow()
    const query = sql`select 1`.execute(trx)
    await turn()
    pass(11)
    await query
  })
  await t.throwsAsync(change, {code: 'store-unavailable'})
})

testOnPostgres(
  'when a silent connection is destroyed, idle connections without a more recent activity are also replaced',
  async t => {
    const {db, proxy, pass, lost} = await openThroughProxy(t)
    await db.connection().execute(async one => {
      await db.connection().execute(async two => {
        await Promise.all([sql`select 1`.execute(one), sql`select 1`.execute(two)])
      })
    })
    proxy.swallow()
    const query = t.throwsAsync(sql`select 1`.execute(db), {code: 'store-unavailable'})
    await turn()
    pass(11)
    await query
    t.like(
      await sql`select 1 as n`.execute(db),
      {rows: [{n: 1}]},
      'no further query waits for a silent connection',
    )
    t.is(lost.length, 2)
  },
)

testOnPostgres('a connection that continues to respond is not replaced', async t => {
  const {db, pass, lost} = await openThroughProxy(t)
  const pidOf = async (connection: Database) =>
    (await sql<{pid: number}>`select pg_backend_pid() as pid`.execute(connection)).rows[0]!.pid
  const pid = await pidOf(db)
  for (let seconds = 0; seconds < 60; seconds++) {
    pass(1)
    t.is(await pidOf(db), pid)
  }
  pass(60)
  t.is(await pidOf(db), pid, 'a connection without a pending request may be silent')
  t.deepEqual(lost, [])
})

ava('silence is measured from the last byte that was received', t => {
  const {watchdog, pass, connection} = openWatchdog()
  watchdog.expectResponse(connection)
  for (let bytes = 1; bytes <= 5; bytes++) {
    pass(10)
    connection.bytesRead = bytes
    pass(1)
  }
  t.false(connection.isDestroyed)
  pass(10)
  t.false(connection.isDestroyed)
  pass(1)
  t.true(connection.isDestroyed)
})

ava('a connection without a pending request is not checked', t => {
  const {watchdog, pass, connection} = openWatchdog()
  watchdog.expectResponse(connection)
  pass(5)
  watchdog.responseEnded(connection)
  pass(100)
  t.false(connection.isDestroyed)
  t.false(watchdog.isSuspect(connection))
})

function openWatchdog() {
  const {everySecond, pass} = controlledSeconds()
  const watchdog = new ResponseWatchdog(everySecond)
  watchdog.start()
  const connection = {
    bytesRead: 0,
    bytesSeen: 0,
    silentSince: 0,
    isDestroyed: false,
    destroy() {
      this.isDestroyed = true
    },
  }
  return {watchdog, pass, connection}
}

/** Opens a store with connections through a proxy. The store's clock advances only when `pass` is called. */
async function openThroughProxy(t: ExecutionContext) {
  const proxy = await startBlackHoleProxy(await createEmptyDatabase())
  const {everySecond, pass} = controlledSeconds()
  const lost: Error[] = []
  const onConnectionLost = (error: Error) => lost.push(error)
  const {db, close} = await openStore({url: proxy.url, poolSize: 3, everySecond, onConnectionLost})
  t.teardown(async () => {
    await proxy.close()
    await close()
  })
  return {db, proxy, pass, lost}
}

function controlledSeconds() {
  let check = () => {}
  return {
    everySecond(onSecond: () => void) {
      check = onSecond
      return () => {}
    },
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) check()
    },
  }
}

/** Waits until the store has sent all issued queries. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
