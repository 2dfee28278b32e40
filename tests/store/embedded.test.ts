import {chmod, readdir, rename, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {setImmediate as turn} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import test, {type ExecutionContext} from 'ava'
import {sql} from 'kysely'
import pg from 'pg'
import {type Database, openStore} from '../../src/store/connection.ts'
import {openEmbeddedPostgres} from '../../src/store/pglite-connection.ts'
import {openPglite} from '../../src/store/pglite-host.ts'
import {createUnmigratedDataFolder, unmigratedFolder} from '../helpers/data-folder.ts'
import {recordSyncedFiles} from '../helpers/power-loss.ts'
import {Teardowns} from '../helpers/tears-down.ts'

setFlagsFromString('--liftoff-only') // This option saves memory and CPU time; see `pglite-worker.ts`.

// The tests use one folder. Opening its database takes about a second of CPU time.
let dataDir: string
const teardowns = new Teardowns()
test.before(async () => {
  dataDir = await createUnmigratedDataFolder(teardowns)
})
test.after.always(() => teardowns.run())

test.serial(
  'only the owner of the folder can reach the files of the database, even if other users could read the folder before',
  async t => {
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777
    const created = await unmigratedFolder()
    t.is(await modeOf(created), 0o700)
    t.is(await modeOf(join(created, 'pglite')), 0o700)
    await chmod(join(dataDir, 'pglite'), 0o755)
    await (await openStore({dataDir})).close()
    t.is(await modeOf(join(dataDir, 'pglite')), 0o700)
  },
)

test.serial(
  'committed data is still in the folder when the store is opened again; commits are synced to the disk, and a running statement does not block the event loop',
  async t => {
    const first = await openStore({dataDir})
    await sql`create table notes (n int)`.execute(first.db)
    await sql`insert into notes values (1), (2)`.execute(first.db)
    await first.close()
    t.deepEqual(await readdir(dataDir), ['pglite'], 'the folder is unlocked')

    const second = await openStore({dataDir})
    t.like(await sql`select sum(n)::int as sum from notes`.execute(second.db), {rows: [{sum: 3}]})
    const {rows} = await sql`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
      current_setting('wal_sync_method') as method`.execute(second.db)
    t.deepEqual(rows, [{fsync: 'on', commit: 'on', method: 'fsync'}])
    await requireTurns(t, second.db)
    await second.close()
  },
)

/** Tests that a running statement does not block the event loop. */
async function requireTurns(t: ExecutionContext, db: Database): Promise<void> {
  let isRunning = true
  let turns = 0
  const counting = sql`select count(*) from generate_series(1, 1000000)`.execute(db).then(() => {
    isRunning = false
  })
  for (; isRunning; turns++) await turn()
  await counting
  t.true(turns > 100, `${turns} turns`)
}

test.serial(
  'when the embedded Postgres panics, the failure is reported, all queries fail, and committed data is kept',
  async t => {
    const folder = await createUnmigratedDataFolder(t)
    const failures: Error[] = []
    const store = await openStore({dataDir: folder, onFailed: error => failures.push(error)})
    await sql`create table notes (n int)`.execute(store.db)
    await sql`insert into notes values (1)`.execute(store.db)
    await sql`select pg_switch_wal()`.execute(store.db)
    // Without the folder `pg_wal`, Postgres cannot create the next file of its log. A full disk has the same effect.
    const wal = join(folder, 'pglite/pg_wal')
    await rename(wal, `${wal}.away`)
    await t.throwsAsync(sql`insert into notes values (2)`.execute(store.db))
    t.regex(failures[0]!.message, /^could not .*pg_wal.*No such file or directory$/)
    for (const _ of [1, 2]) {
      await t.throwsAsync(sql`select 1`.execute(store.db), {code: 'store-unavailable'})
    }
    await store.close()
    t.is(failures.length, 1)

    await rename(`${wal}.away`, wal)
    const reopened = await openStore({dataDir: folder})
    t.like(await sql`select n from notes`.execute(reopened.db), {rows: [{n: 1}]})
    await reopened.close()
  },
)

test.serial(
  'when a connection is replaced, its open transaction and its prepared statements are discarded',
  async t => {
    const postgres = await openEmbeddedPostgres(join(dataDir, 'pglite'))
    const connect = async () => {
      const client = new pg.Client({stream: () => postgres.connect(), user: 'postgres', database: 'postgres'})
      await client.connect()
      return client
    }
    const first = await connect()
    await first.query('begin')
    await first.query({name: 's0', text: 'insert into notes values ($1)', values: [3]})
    await first.end()
    const second = await connect()
    const {rows} = await second.query({
      name: 's0',
      text: 'select sum(n)::int as sum from notes where n > $1',
      values: [0],
    })
    t.deepEqual(rows, [{sum: 3}])
    await second.end()
    await postgres.close()
  },
)

test.serial(
  'an acknowledged commit survives a power loss that destroys all data that was not synced',
  async t => {
    if (process.platform !== 'linux') return t.pass('needs /proc')
    const folder = join(dataDir, 'pglite')
    const synced = recordSyncedFiles(folder, join(dataDir, 'image'))
    t.teardown(() => synced.stop())
    const pglite = await openPglite(folder)
    await pglite.exec('create table commits (n int)')
    const losses = [1, 20, 40]
    for (let n = 1; n <= 40; n++) {
      await pglite.query('insert into commits values ($1)', [n])
      if (losses.includes(n)) synced.copyTo(join(dataDir, `loss-${n}`))
    }
    synced.stop()
    await pglite.close()
    for (const n of losses) {
      const recovered = await openPglite(join(dataDir, `loss-${n}`))
      const {rows} = await recovered.query('select count(*)::int as count, max(n) as last from commits')
      t.deepEqual(rows, [{count: n, last: n}])
      await recovered.close()
    }
  },
)
