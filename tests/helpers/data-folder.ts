// Creates data folders and stores for tests of the embedded store. The first start in an empty folder takes seconds,
// because the start creates the database. Copying a folder that contains a database takes milliseconds, so these
// functions copy such a folder.
import {execFile} from 'node:child_process'
import {appendFile, mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {openStore, type Store, type StoreOptions} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {sharedFolder} from './shared-folder.ts'
import type {TearsDown} from './tears-down.ts'

/** Returns a new data folder with a migrated database. The folder is deleted at the end of the test. */
export async function createDataFolder(t: TearsDown): Promise<string> {
  const folder = await createEmptyDataFolder(t)
  await fillDataFolder(folder)
  return folder
}

/** Copies a migrated database into the folder. Creates the folder if needed. */
export async function fillDataFolder(folder: string): Promise<void> {
  await copy(await migratedFolder(), folder)
}

/** Returns a new data folder with a database that has no tables. The folder is deleted at the end of the test. */
export async function createUnmigratedDataFolder(t: TearsDown): Promise<string> {
  const folder = await createEmptyDataFolder(t)
  await copy(await unmigratedFolder(), folder)
  return folder
}

/** Returns a new folder, in which a server creates its database. The folder is deleted at the end of the test. */
async function createEmptyDataFolder(t: TearsDown): Promise<string> {
  const folder = await makeFolder()
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  return folder
}

/** Opens a new, migrated embedded store. The data of the store are deleted when the store is closed. */
export async function openEmbeddedStore(options: Omit<StoreOptions, 'url' | 'dataDir'> = {}): Promise<Store> {
  const dataDir = await makeFolder()
  await copy(await migratedFolder(), dataDir)
  // Without fsync, the store is faster. No test needs the data of the store after a crash.
  await appendFile(join(dataDir, 'pglite/postgresql.conf'), 'fsync = off\n')
  const store = await openStore({...options, dataDir})
  return {
    ...store,
    async close() {
      await store.close()
      await rm(dataDir, {recursive: true})
    },
  }
}

function migratedFolder(): Promise<string> {
  return sharedFolder('migrated', async dataDir => {
    await copy(await unmigratedFolder(), dataDir)
    const {db, close} = await openStore({dataDir})
    await migrate(db)
    await close()
  })
}

/**
 * Returns the data folder that the first start of a store in this run has created. The database has no tables. Nothing may
 * write to this folder.
 */
export function unmigratedFolder(): Promise<string> {
  return sharedFolder('unmigrated', async dataDir => {
    const {close} = await openStore({dataDir})
    await close()
  })
}

/** Copies the contents of the folder `from` into the folder `to`. Creates the folder `to` if needed. */
async function copy(from: string, to: string): Promise<void> {
  await mkdir(to, {recursive: true})
  await promisify(execFile)('cp', ['-R', `${from}/.`, to])
}

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'boardcast-data-'))
}
