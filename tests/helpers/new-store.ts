// Opens stores for tests that work with any store. A test that needs a particular kind of store uses
// `openStore`.
import {openStore, type Store, type StoreOptions} from '../../src/store/connection.ts'
import {openEmbeddedStore} from './data-folder.ts'
import {createDatabase, hasPostgres} from './postgres.ts'

/**
 * Opens a new, migrated database on Postgres. Opening the database takes milliseconds. On a machine without Postgres,
 * opens an embedded store.
 */
export async function openNewStore(
  options: Pick<StoreOptions, 'acquireTimeoutMs' | 'timeLimits'> = {},
): Promise<Store> {
  return hasPostgres ? openStore({...options, url: await createDatabase()}) : openEmbeddedStore(options)
}
