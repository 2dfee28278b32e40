/** One Kysely over two stores: a Postgres server, or the embedded PGlite. */
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {PGlite} from '@electric-sql/pglite'
import {createPgConfig} from '@electric-sql/pglite/node-postgres'
import {Kysely, sql} from 'kysely'
import pg from 'pg'
import {lockFolder} from './folder-lock.ts'
import {dialectOver} from './round-trips.ts'
import type {Tables} from './tables.ts'

export type Database = Kysely<Tables>

export interface StoreOptions {
  /** A Postgres connection URL; absent: the embedded store. */
  url?: string
  /** Folder of the embedded store; absent (with no url): in memory, for tests. */
  dataDir?: string
  /** Connections to Postgres at the most. Default 10; the embedded store has one. */
  poolSize?: number
  /** Milliseconds to wait for a free connection before Problem 'store-busy'. Default 10 000. */
  acquireTimeout?: number
  /** Told when an idle connection breaks: an outage, not the end of the process. */
  onConnectionLost?: (error: Error) => void
}

export interface Store {
  db: Database
  /** Ends the connections; the embedded store is flushed and its folder unlocked. */
  close(): Promise<void>
}

export async function openStore(options: StoreOptions): Promise<Store> {
  return options.url ? openPostgres(options.url, options) : openEmbedded(options)
}

async function openPostgres(url: string, options: StoreOptions): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    pipeline: true,
    ...shared(options),
  })
  // Each client by itself, for the pool listens to idle ones only: one that breaks while it is used would end the
  // process.
  pool.on('connect', client => client.on('error', error => options.onConnectionLost?.(error)))
  pool.on('error', () => {}) // the pool's own word for what the client has said already
  const db = new Kysely<Tables>({dialect: dialectOver(pool)})
  return {db, close: () => db.destroy()}
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const unlock = options.dataDir ? await lockFolder(options.dataDir) : async () => {}
  try {
    if (options.dataDir) await mkdir(options.dataDir, {recursive: true})
    const pglite = await PGlite.create(options.dataDir ? join(options.dataDir, 'pglite') : 'memory://')
    const pool = new pg.Pool({...createPgConfig(pglite), ...shared(options), idleTimeoutMillis: 0})
    pool.on('error', error => options.onConnectionLost?.(error))
    const db = new Kysely<Tables>({dialect: dialectOver(pool)})
    const close = async () => {
      // PGlite spins for ever when it is closed while an answer is on its way: wait for our turn on its connection.
      await sql`select 1`.execute(db).catch(() => {})
      await db.destroy()
      await pglite.close()
      await unlock()
    }
    return {db, close}
  } catch (error) {
    await unlock()
    throw error
  }
}

function shared(options: StoreOptions) {
  return {types: typeParsers(), connectionTimeoutMillis: options.acquireTimeout ?? 10_000}
}

/** int8 as a number (a seq never leaves the safe integers), times as RFC 3339 strings, days as they stand. */
function typeParsers(): pg.CustomTypesConfig {
  const {INT8, TIMESTAMPTZ, DATE} = pg.types.builtins
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8, Number)
  types.setTypeParser(DATE, day => day)
  const parseTime = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (value: string) => Date
  types.setTypeParser(TIMESTAMPTZ, value => parseTime(value).toISOString())
  return types as unknown as pg.CustomTypesConfig
}
