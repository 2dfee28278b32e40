/** One Kysely over two stores: a Postgres server, or the embedded PGlite. */
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {PGlite} from '@electric-sql/pglite'
import {createPgConfig} from '@electric-sql/pglite/node-postgres'
import {Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql} from 'kysely'
import pg from 'pg'
import {Problem} from '../board/problem.ts'
import {lockFolder} from './folder-lock.ts'
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
  const pool = new pg.Pool({connectionString: url, max: options.poolSize ?? 10, ...shared(options)})
  // Each client by itself, for the pool listens to idle ones only: one that breaks while it is used would end the
  // process.
  pool.on('connect', client => client.on('error', error => options.onConnectionLost?.(error)))
  pool.on('error', () => {}) // the pool's own word for what the client has said already
  const db = new Kysely<Tables>({dialect: new PostgresDialect({pool: new PreparingPool(pool)})})
  return {db, close: () => db.destroy()}
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const unlock = options.dataDir ? await lockFolder(options.dataDir) : async () => {}
  try {
    if (options.dataDir) await mkdir(options.dataDir, {recursive: true})
    const pglite = await PGlite.create(options.dataDir ? join(options.dataDir, 'pglite') : 'memory://')
    const pool = new pg.Pool({...createPgConfig(pglite), ...shared(options), idleTimeoutMillis: 0})
    pool.on('error', error => options.onConnectionLost?.(error))
    const db = new Kysely<Tables>({dialect: new PostgresDialect({pool: new PreparingPool(pool)})})
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

/**
 * A pool whose clients prepare each statement once, by its text, and whose failures have our codes.
 * Statements without parameters go by the simple protocol, which also takes several in one text.
 */
class PreparingPool implements PostgresPool {
  readonly #pool: pg.Pool
  readonly #clients = new WeakMap<pg.PoolClient, PreparingClient>()
  readonly #names = new Map<string, string>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect().catch(error => {
      throw acquireProblem(error)
    })
    let preparing = this.#clients.get(client)
    if (!preparing) {
      preparing = new PreparingClient(client, text => this.#nameOf(text))
      this.#clients.set(client, preparing)
    }
    return preparing
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known) return known
    if (this.#names.size >= maxPreparedStatements) return undefined
    const name = `s${this.#names.size}`
    this.#names.set(text, name)
    return name
  }
}

// Our statements are few and fixed; a text that varies without end must not fill the server's memory.
const maxPreparedStatements = 500

class PreparingClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #nameOf: (text: string) => string | undefined

  constructor(client: pg.PoolClient, nameOf: (text: string) => string | undefined) {
    this.#client = client
    this.#nameOf = nameOf
  }

  // biome-ignore lint/suspicious/noExplicitAny: Kysely's interface joins rows and cursors under one name
  query(text: any, values: readonly unknown[] = []): any {
    const name = values.length > 0 ? this.#nameOf(text) : undefined
    return this.#client.query({text, values: [...values], ...(name && {name})})
  }

  release(): void {
    this.#client.release()
  }
}

function acquireProblem(error: Error): Problem {
  const isBusy = error.message.includes('timeout exceeded when trying to connect')
  return isBusy
    ? new Problem('store-busy', 'The database has no free connection; try again.', {}, {cause: error})
    : new Problem('store-unavailable', 'The database cannot be reached; try again.', {}, {cause: error})
}
