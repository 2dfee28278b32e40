import {readdir} from 'node:fs/promises'
import test from 'ava'
import {sql} from 'kysely'
import {type Database, openStore} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {createUnmigratedDataFolder} from '../helpers/data-folder.ts'
import {createEmptyDatabase, test as testOnPostgres} from '../helpers/postgres.ts'

const files = (await readdir(new URL('../../schema/', import.meta.url))).sort()

test.serial(
  'migrating an empty embedded store applies every file of schema/ in order, and migrating again applies no file',
  async t => {
    const {db, close} = await openStore({dataDir: await createUnmigratedDataFolder(t)})
    t.teardown(close)
    t.deepEqual(await migrate(db), files)
    t.deepEqual(await migrate(db), [])
    t.deepEqual(await recorded(db), files)
  },
)

testOnPostgres.serial('processes that migrate concurrently apply each file once', async t => {
  const url = await createEmptyDatabase()
  const stores = await Promise.all(Array.from({length: 5}, () => openStore({url})))
  t.teardown(() => Promise.all(stores.map(({close}) => close())))
  const applied = await Promise.all(stores.map(({db}) => migrate(db)))
  t.deepEqual(applied.flat().sort(), files)
  t.deepEqual(await recorded(stores[0]!.db), files)
  for (const {db} of stores) t.deepEqual(await db.selectFrom('events').selectAll().execute(), [])
})

testOnPostgres.serial(
  'a schema file that fails is not recorded, and the next migration applies the file',
  async t => {
    const {db, close} = await openStore({url: await createEmptyDatabase()})
    t.teardown(close)
    await sql`create table tasks ()`.execute(db)
    const isBeforeTasks = (name: string) => name < '0002_boards.sql'
    await t.throwsAsync(migrate(db), {message: 'relation "tasks" already exists'})
    t.deepEqual(await recorded(db), files.filter(isBeforeTasks))
    await sql`drop table tasks`.execute(db)
    t.deepEqual(
      await migrate(db),
      files.filter(name => !isBeforeTasks(name)),
    )
  },
)

async function recorded(db: Database): Promise<string[]> {
  const {rows} = await sql<{name: string}>`select name from schema_migrations order by name`.execute(db)
  return rows.map(({name}) => name)
}
