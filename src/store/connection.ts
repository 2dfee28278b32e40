/** Opens the store: one Kysely API over a Postgres server or over the embedded PGlite. */
import {join} from 'node:path'
import {Kysely} from 'kysely'
import pg from 'pg'
import {FairSlots} from './fair-slots.ts'
import {lockFolder} from './folder-lock.ts'
import {openEmbeddedPostgres} from './pglite-connection.ts'
import {type EverySecond, ResponseWatchdog} from './response-watchdog.ts'
import {createDialect, PoolDriver} from './round-trips.ts'
import type {Tables} from './tables.ts'
import {defaultTimeLimits, setTimeLimits, type TimeLimits} from './time-limits.ts'

export type Database = Kysely<Tables>

export interface StoreOptions {
  /** A Postgres connection URL. Default: none, opens the embedded store. */
  url?: string
  /** The folder of the embedded store. Default: none, keeps the data in memory (for tests). */
  dataDir?: string
  /** The maximum number of connections to Postgres. Default 10. The embedded store always has one. */
  poolSize?: number
  /** Milliseconds to wait for a free connection before Problem 'store-busy' is thrown. Default 10,000. */
  acquireTimeoutMs?: number
  /** Called when a connection breaks. The pool replaces it; the process continues. */
  onConnectionLost?: (error: Error) => void
  /** The timer that detects silent connections to Postgres. Default: a system timer. */
  everySecond?: EverySecond
  /** Time limits of every connection to Postgres. */
  timeLimits?: TimeLimits
}

export interface Store {
  db: Database
  /** Closes all connections. Flushes the embedded store and unlocks its folder. */
  close(): Promise<void>
}

const defaultPoolSize = 10
const defaultAcquireTimeoutMs = 10_000

export async function openStore(options: StoreOptions): Promise<Store> {
  return options.url ? openPostgres(options.url, options) : openEmbedded(options)
}

/**
 * Returns `db` with its connections counted for the organization, which may hold half of the pool at most: one
 * organization whose transactions wait for each other must not stop all others. A transaction is returned unchanged,
 * because it already has its connection.
 */
export function forOrganization(db: Database, organizationId: string): Database {
  const driver = drivers.get(db)
  return driver ? new Kysely<Tables>({dialect: createDialect(driver.forOrganization(organizationId))}) : db
}

const drivers = new WeakMap<Database, PoolDriver>()

function openDatabase(driver: PoolDriver): Database {
  const db = new Kysely<Tables>({dialect: createDialect(driver)})
  drivers.set(db, driver)
  return db
}

async function openPostgres(url: string, options: StoreOptions): Promise<Store> {
  const {poolSize = defaultPoolSize, timeLimits = defaultTimeLimits} = options
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000, // finds dead idle connections, which the watchdog does not
    ...poolOptions(options),
  })
  pool.on('connect', client => {
    // The pool listens for errors of idle clients only. Without a listener, an error of a client in use would end the process.
    client.on('error', error => options.onConnectionLost?.(error))
    // Sent ahead of the first query, without waiting. When it fails, the connection is lost, and so is that query.
    client.query(setTimeLimits(timeLimits)).catch(() => {})
  })
  pool.on('error', () => {}) // repeats what the client has reported
  const watchdog = new ResponseWatchdog(options.everySecond)
  const db = openDatabase(new PoolDriver({pool, slots: fairSlots(poolSize, options), watchdog}))
  return {db, close: () => db.destroy()}
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const {dataDir} = options
  const unlock = dataDir ? await lockFolder(dataDir) : async () => {}
  try {
    const postgres = await openEmbeddedPostgres(dataDir && join(dataDir, 'pglite'))
    const pool = new pg.Pool({
      ...embeddedUser,
      stream: () => postgres.connect(),
      pipeline: true,
      max: 1,
      idleTimeoutMillis: 0,
      ...poolOptions(options),
    })
    pool.on('connect', client => client.on('error', error => options.onConnectionLost?.(error)))
    pool.on('error', () => {}) // repeats what the client has reported
    const db = openDatabase(new PoolDriver({pool, slots: fairSlots(1, options)}))
    const close = async () => {
      await db.destroy()
      await postgres.close()
      await unlock()
    }
    return {db, close}
  } catch (error) {
    await unlock()
    throw error
  }
}

// Explicit, because pg would otherwise read the PG* environment variables. PGlite does not ask for a password.
const embeddedUser = {
  host: 'embedded',
  port: 5432,
  user: 'postgres',
  database: 'postgres',
  password: '',
  ssl: false,
}

function fairSlots(slots: number, {acquireTimeoutMs = defaultAcquireTimeoutMs}: StoreOptions): FairSlots {
  return new FairSlots({slots, maxPerGroup: Math.ceil(slots / 2), timeoutMs: acquireTimeoutMs})
}

function poolOptions({acquireTimeoutMs = defaultAcquireTimeoutMs}: StoreOptions) {
  // Limits only the opening of connections: FairSlots never asks for more than the pool has.
  return {types: typeParsers(), connectionTimeoutMillis: acquireTimeoutMs}
}

/** Parses int8 as a number (a seq is always a safe integer), timestamps as RFC 3339 strings and dates as text. */
function typeParsers(): pg.CustomTypesConfig {
  const {INT8, TIMESTAMPTZ, DATE} = pg.types.builtins
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8, Number)
  types.setTypeParser(DATE, day => day)
  const parseTime = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (value: string) => Date
  types.setTypeParser(TIMESTAMPTZ, value => parseTime(value).toISOString())
  return types as unknown as pg.CustomTypesConfig
}
