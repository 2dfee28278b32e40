/** Opens the store: a Postgres server or the embedded PGlite. Both stores have the same Kysely API. */
import {join} from 'node:path'
import {Kysely} from 'kysely'
import pg from 'pg'
import {FairSlots} from './fair-slots.ts'
import {lockFolder} from './folder-lock.ts'
import {openEmbeddedPostgres} from './pglite-connection.ts'
import {readInTurns} from './read-in-turns.ts'
import {type EverySecond, ResponseWatchdog} from './response-watchdog.ts'
import {createDialect, PoolDriver} from './round-trips.ts'
import {setFormats} from './session-formats.ts'
import type {Tables} from './tables.ts'
import {defaultTimeLimits, setTimeLimits, type TimeLimits} from './time-limits.ts'

export type Database = Kysely<Tables>

export interface StoreOptions {
  /** A Postgres connection URL. Without a URL, the embedded store is opened. */
  url?: string
  /** The folder of the embedded store. Without a folder, the data are in memory (for tests). */
  dataDir?: string
  /** The maximum number of connections to Postgres. Default 10. The embedded store always has one connection. */
  poolSize?: number
  /** Milliseconds to wait for a free connection before Problem 'store-busy' is thrown. Default 10,000. */
  acquireTimeoutMs?: number
  /** Called when a connection breaks. The pool replaces the connection, and the process continues. */
  onConnectionLost?: (error: Error) => void
  /** Called once, when the embedded store has stopped. All queries then fail until the process is started again. */
  onFailed?: (error: Error) => void
  /** The timer that detects silent connections to Postgres. Default: a system timer. */
  everySecond?: EverySecond
  /** The time limits of every connection to Postgres. Default `defaultTimeLimits`. */
  timeLimits?: TimeLimits
}

/** The use of the connection pool at one moment. */
export interface PoolUse {
  /** The maximum number of connections. */
  size: number
  /** Connections that a query or a transaction uses. */
  busy: number
  /** Open connections, including those that nobody uses. */
  open: number
  /** Queries and transactions that wait for a connection. */
  waiting: number
}

export interface Store {
  db: Database
  poolUse(): PoolUse
  /** Closes all connections. Flushes the embedded store and unlocks its folder. */
  close(): Promise<void>
}

const defaultPoolSize = 10
const defaultAcquireTimeoutMs = 10_000

export async function openStore(options: StoreOptions): Promise<Store> {
  return options.url ? openPostgres(options.url, options) : openEmbedded(options)
}

/**
 * Returns a database whose connections are counted for the organization. An organization can use at most 30 % of the
 * pool. The other connections are free for other organizations, even if transactions of this organization wait for each
 * other. If `db` is a transaction, returns `db` unchanged, because a transaction already has a connection.
 */
export function forOrganization(db: Database, organizationId: string): Database {
  const driver = drivers.get(db)
  if (!driver) return db
  const own: Database = new Kysely({dialect: createDialect(driver.forOrganization(organizationId))})
  if (hasOneConnection(db)) ofOneConnection.add(own)
  return own
}

/** Whether all requests of the process share one connection, as in the embedded store. */
export function hasOneConnection(db: Database): boolean {
  return ofOneConnection.has(db)
}

const drivers = new WeakMap<Database, PoolDriver>()
const ofOneConnection = new WeakSet<Database>()

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
    keepAliveInitialDelayMillis: 10_000, // detects dead idle connections, which the watchdog does not detect
    ...poolOptions(options),
  })
  pool.on('connect', client => {
    readInTurns(client.connection.stream)
    // The pool listens only for errors of idle clients. Without this listener, an error of a client in use would end
    // the process.
    client.on('error', error => options.onConnectionLost?.(error))
    // These statements are sent before the first query, and the first query does not wait for the response to these
    // statements. Errors of these statements are ignored, because a lost connection also makes the first query fail.
    client.query(`${setFormats};${setTimeLimits(timeLimits)}`).catch(() => {})
  })
  pool.on('error', () => {}) // the listener of the client has already received the same error
  const watchdog = new ResponseWatchdog(options.everySecond)
  const slots = fairSlots(poolSize, options)
  const db = openDatabase(new PoolDriver({pool, slots, watchdog}))
  return {db, poolUse: () => poolUse(pool, slots, poolSize), close: () => db.destroy()}
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const {dataDir} = options
  const unlock = dataDir ? await lockFolder(dataDir) : async () => {}
  try {
    const postgres = await openEmbeddedPostgres(dataDir && join(dataDir, 'pglite'), options.onFailed)
    const pool = new pg.Pool({
      ...embeddedUser,
      stream: () => postgres.connect(),
      pipeline: true,
      max: 1,
      idleTimeoutMillis: 0,
      ...poolOptions(options),
    })
    pool.on('connect', client => client.on('error', error => options.onConnectionLost?.(error)))
    pool.on('error', () => {}) // the listener of the client has already received the same error
    const slots = fairSlots(1, options)
    const db = openDatabase(new PoolDriver({pool, slots}))
    ofOneConnection.add(db)
    const close = async () => {
      await db.destroy()
      await postgres.close()
      await unlock()
    }
    return {db, poolUse: () => poolUse(pool, slots, 1), close}
  } catch (error) {
    await unlock()
    throw error
  }
}

function poolUse(pool: pg.Pool, slots: FairSlots, size: number): PoolUse {
  return {size, busy: slots.held, open: pool.totalCount, waiting: slots.waiting}
}

// All values are set, because pg reads a missing value from a PG* environment variable. PGlite does not ask for a
// password.
const embeddedUser = {
  host: 'embedded',
  port: 5432,
  user: 'postgres',
  database: 'postgres',
  password: '',
  ssl: false,
}

// The changes of one organization wait for the same row, so more connections would not make these changes faster. The
// benchmark `npm run bench -- organization-flood` measures the p50 of another organization in the first second of a
// flood. When each organization could use 20 or 30 % of the pool, the p50 was 6 to 17 ms. When each organization could
// use 50 % of the pool, the p50 was 90 to 200 ms.
const maxShare = 0.3

function fairSlots(slots: number, {acquireTimeoutMs = defaultAcquireTimeoutMs}: StoreOptions): FairSlots {
  return new FairSlots({
    slots,
    maxPerGroup: Math.max(Math.ceil(slots * maxShare), Math.min(2, slots)),
    timeoutMs: acquireTimeoutMs,
  })
}

function poolOptions({acquireTimeoutMs = defaultAcquireTimeoutMs}: StoreOptions) {
  // This timeout limits only the time to open a connection. Callers never wait for a connection in the pool, because
  // FairSlots admits at most as many callers as the pool has connections.
  return {types: typeParsers(), connectionTimeoutMillis: acquireTimeoutMs}
}

/** Parses int8 as a number (a seq is always a safe integer), and a timestamp as an RFC 3339 string. Dates stay text. */
function typeParsers(): pg.CustomTypesConfig {
  const {INT8, TIMESTAMPTZ, DATE} = pg.types.builtins
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8, Number)
  types.setTypeParser(DATE, day => day)
  const parseTime = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (value: string) => Date
  types.setTypeParser(TIMESTAMPTZ, value => parseTime(value).toISOString())
  return types as unknown as pg.CustomTypesConfig
}
