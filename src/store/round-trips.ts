/**
 * A Kysely driver that uses a pg pool. The driver prepares each statement once per connection, and sends a batch of
 * statements in one round trip.
 */
import {createHash} from 'node:crypto'
import type {Socket} from 'node:net'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type Transaction,
  type TransactionSettings,
} from 'kysely'
import type pg from 'pg'
import {Problem} from '../board/problem.ts'
import {isPoolerConflict, isReadOnly} from './errors.ts'
import {type FairSlots, noGroup} from './fair-slots.ts'
import {type ResponseWatchdog, silenceProblem, type WatchedConnection} from './response-watchdog.ts'

/** A query, and the statements that are sent before the query in the same round trip. */
interface Batch extends CompiledQuery {
  readonly before: readonly CompiledQuery[]
  /** Whether a commit follows the query. */
  readonly commits?: boolean
  /** Whether the watchdog ignores this query, because the query may take very long. */
  readonly isUnlimited?: boolean
}

/**
 * Sends `before` and then `query` in one round trip, and returns the rows of `query`. When a statement fails, Postgres
 * skips all later statements of the batch, and the promise is rejected with the first error.
 */
export async function runBatch<Tables, Row>(
  trx: Transaction<Tables>,
  before: readonly CompiledQuery[],
  query: CompiledQuery<Row>,
): Promise<Row[]> {
  return send(trx, {...query, before})
}

/** Like `runBatch`, but also commits in the same round trip. After the commit, the transaction rejects all queries. */
export async function runBatchAndCommit<Tables, Row>(
  trx: Transaction<Tables>,
  before: readonly CompiledQuery[],
  query: CompiledQuery<Row>,
): Promise<Row[]> {
  return send(trx, {...query, before, commits: true})
}

/**
 * Runs a query without a time limit, for example a migration. `lockMs` is the maximum time that the query waits for a
 * lock, in milliseconds. When `lockMs` is 0, this time has no limit.
 */
export async function runUnlimited<Tables>(
  trx: Transaction<Tables>,
  query: CompiledQuery,
  {lockMs = 0} = {},
): Promise<void> {
  const liftLimits = CompiledQuery.raw(`set local lock_timeout = ${lockMs}; set local statement_timeout = 0`)
  await send(trx, {...query, before: [liftLimits], isUnlimited: true})
}

async function send<Tables, Row>(trx: Transaction<Tables>, batch: Batch): Promise<Row[]> {
  const {rows} = await trx.executeQuery(batch)
  return rows as Row[]
}

/** Returns Kysely's Postgres dialect. The dialect uses the given driver. */
export function createDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  }
}

export interface PoolDriverOptions {
  pool: pg.Pool
  /** The number of slots must equal the number of connections in the pool. */
  slots: FairSlots
  /** Destroys connections that stop responding. Default: no watchdog. */
  watchdog?: ResponseWatchdog
}

export class PoolDriver implements Driver {
  readonly #pool: pg.Pool
  readonly #slots: FairSlots
  readonly #watchdog: ResponseWatchdog | undefined
  readonly #connections = new WeakMap<pg.PoolClient, ClientConnection>()
  readonly #names = new StatementNames()

  constructor({pool, slots, watchdog}: PoolDriverOptions) {
    this.#pool = pool
    this.#slots = slots
    this.#watchdog = watchdog
    watchdog?.start()
  }

  async init(): Promise<void> {}

  /**
   * Returns a driver that uses the same pool. Each connection that the new driver acquires occupies a slot of the
   * organization. The `destroy` method of the new driver does nothing, because the pool belongs to the original driver.
   */
  forOrganization(organizationId: string): Driver {
    return {
      init: async () => {},
      acquireConnection: () => this.acquireConnection(organizationId),
      beginTransaction: (connection, settings) =>
        this.beginTransaction(connection as ClientConnection, settings),
      commitTransaction: connection => this.commitTransaction(connection as ClientConnection),
      rollbackTransaction: connection => this.rollbackTransaction(connection as ClientConnection),
      releaseConnection: connection => this.releaseConnection(connection as ClientConnection),
      destroy: async () => {},
    }
  }

  async acquireConnection(group = noGroup): Promise<ClientConnection> {
    await this.#slots.acquire(group)
    try {
      const connection = await this.#connect()
      connection.group = group
      return connection
    } catch (error) {
      this.#slots.release(group)
      throw acquireProblem(error as Error)
    }
  }

  async #connect(): Promise<ClientConnection> {
    for (;;) {
      const connection = this.#connectionOf(await this.#pool.connect())
      if (!this.#watchdog?.isSuspect(connection)) return connection
      connection.destroy(silenceProblem())
      connection.release()
    }
  }

  #connectionOf(client: pg.PoolClient): ClientConnection {
    let connection = this.#connections.get(client)
    if (!connection) {
      connection = new ClientConnection(client, this.#names, this.#watchdog)
      this.#connections.set(client, connection)
    }
    return connection
  }

  async beginTransaction(connection: ClientConnection, settings: TransactionSettings): Promise<void> {
    connection.begin(settings)
  }

  async commitTransaction(connection: ClientConnection): Promise<void> {
    await connection.end('commit')
  }

  async rollbackTransaction(connection: ClientConnection): Promise<void> {
    await connection.end('rollback')
  }

  async releaseConnection(connection: ClientConnection): Promise<void> {
    connection.release()
    this.#slots.release(connection.group)
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
    this.#watchdog?.stop()
  }
}

/**
 * A statement for pg. When `values` is undefined, pg uses the simple protocol, which also accepts several statements in
 * one text.
 */
interface Statement {
  text: string
  values?: unknown[]
  name?: string
}

class ClientConnection implements DatabaseConnection, WatchedConnection {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  readonly #watchdog: ResponseWatchdog | undefined
  /** The group whose slot the connection occupies. */
  group = noGroup
  bytesSeen = 0
  silentSince = 0
  /** A `begin` that has not been sent yet. The `begin` is sent together with the first statement of the transaction. */
  #begin: string | undefined
  /** Whether a batch has committed the transaction. Kysely does not know about this commit. */
  #isCommitted = false
  #isLost = false
  /** Whether the server is a standby, which cannot write. If so, `release` removes the connection from the pool. */
  #isReadOnly = false

  constructor(client: pg.PoolClient, names: StatementNames, watchdog: ResponseWatchdog | undefined) {
    this.#client = client
    this.#names = names
    this.#watchdog = watchdog
    watchdog?.responseEnded(this) // Postgres responded when the connection was opened
    client.on('error', () => {
      this.#isLost = true
    })
  }

  get bytesRead(): number {
    return (this.#client.connection.stream as Socket).bytesRead
  }

  destroy(error: Error): void {
    this.#client.connection.stream.destroy(error)
  }

  begin({isolationLevel, accessMode}: TransactionSettings): void {
    const isolation = isolationLevel ? ` isolation level ${isolationLevel}` : ''
    this.#begin = `begin${isolation}${accessMode ? ` ${accessMode}` : ''}`
  }

  async end(statement: 'commit' | 'rollback'): Promise<void> {
    const hasBegun = this.#begin === undefined
    this.#begin = undefined
    this.#isCommitted = false
    // Postgres rolls back when the connection is lost. A rollback on the lost connection would fail, and its error
    // would hide why the connection was lost.
    if (this.#isLost && statement === 'rollback') return
    if (hasBegun && this.#client.getTransactionStatus() !== 'I') await this.#send([{text: statement}])
  }

  async executeQuery<R>(query: CompiledQuery & Partial<Batch>): Promise<QueryResult<R>> {
    if (this.#isCommitted) throw new Error('The transaction is already committed and accepts no more queries')
    const statements = [...(query.before ?? []), query].map(part => this.#statementOf(part))
    if (this.#begin) statements.unshift({text: this.#begin})
    this.#begin = undefined
    const index = statements.length - 1
    this.#isCommitted = query.commits === true
    if (this.#isCommitted) statements.push({text: 'commit'})
    try {
      const {command, rowCount, rows} = (await this.#send(statements, query.isUnlimited))[index]!
      return {rows, ...(changingCommands.has(command) && {numAffectedRows: BigInt(rowCount ?? 0)})}
    } catch (error) {
      if (isPoolerConflict(error)) this.#names.turnOff()
      if (isReadOnly(error)) this.#isReadOnly = true
      Error.captureStackTrace(error as Error) // the ten lines of the stack trace should show our code, not pg
      throw error
    }
  }

  // biome-ignore lint/correctness/useYield: the interface requires a generator; rows are never streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streaming rows is not supported; read pages instead')
  }

  release(): void {
    this.#client.release(this.#isReadOnly)
  }

  /** Returns all results, or throws the first error. Later errors are only consequences of the first error. */
  async #send(statements: readonly Statement[], isUnlimited = false): Promise<pg.QueryResult[]> {
    const client = this.#client
    if (!client.pipeline) return this.#sendInTurn(statements)
    const {stream} = client.connection
    if (!isUnlimited) this.#watchdog?.expectResponse(this)
    try {
      stream.cork()
      const pending = this.#pipeline(statements)
      stream.uncork()
      const results = await pending
      return results.map((result, index) => requireCommit(statements[index]!, result))
    } finally {
      this.#watchdog?.responseEnded(this)
    }
  }

  /**
   * Uses callbacks. When a statement has no values, only the text of the statement is passed to pg. An earlier version
   * used promises and copied the statements. The promises and the copies needed 5 % of the CPU time of a change.
   */
  #pipeline(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const results: pg.QueryResult[] = []
      let failure: Error | undefined
      const onResult = (error: Error | null, result: pg.QueryResult) => {
        if (error) failure ??= error
        if (results.push(result) < statements.length) return
        if (failure) reject(failure)
        else resolve(results)
      }
      for (const statement of statements) {
        if (statement.values) this.#client.query(statement, onResult)
        else this.#client.query(statement.text, onResult)
      }
    })
  }

  async #sendInTurn(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    const results: pg.QueryResult[] = []
    for (const statement of statements) {
      results.push(requireCommit(statement, await this.#client.query(statement)))
    }
    return results
  }

  #statementOf({sql: text, parameters}: CompiledQuery): Statement {
    if (parameters.length === 0) return {text}
    const name = this.#names.of(text)
    return {text, values: parameters.map(serialize), ...(name && {name})}
  }
}

/**
 * Converts objects to JSON before any statement of a batch is sent. Otherwise pg would convert the objects while it
 * sends the batch. If the conversion of an object failed, pg would not send the statement with this object, but would
 * still send the commit.
 */
function serialize(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(serialize)
  const isObject = typeof value === 'object' && value !== null
  return isObject && !ArrayBuffer.isView(value) && !(value instanceof Date) ? JSON.stringify(value) : value
}

const changingCommands = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

// When a transaction is aborted, Postgres responds to COMMIT with a rollback. Only the command tag shows the rollback.
function requireCommit({text}: Statement, result: pg.QueryResult): pg.QueryResult {
  if (text === 'commit' && result.command !== 'COMMIT') throw new Error('The transaction was rolled back')
  return result
}

// Boardcast has fewer different statements than this limit. The limit protects the memory of Postgres if a statement
// has many variants.
const maxPreparedStatements = 500

/** The names of the prepared statements. All connections use the same names. */
class StatementNames {
  readonly #names = new Map<string, string>()
  #isOff = false

  /**
   * Returns the name for the text. Returns undefined when the statement must not be prepared: after a call of
   * `turnOff`, or when the text is new and the limit is reached. A name is a hash of the text, so that two
   * processes never use the same name for different texts. Otherwise, a process behind a pooler could execute the statement of another
   * process.
   */
  of(text: string): string | undefined {
    if (this.#isOff) return undefined
    const known = this.#names.get(text)
    if (known || this.#names.size >= maxPreparedStatements) return known
    const name = `boardcast_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    this.#names.set(text, name)
    return name
  }

  /** From now on, no statement is prepared. */
  turnOff(): void {
    this.#isOff = true
  }
}

function acquireProblem(cause: Error): Problem {
  return new Problem('store-unavailable', 'The database cannot be reached. Try again.', {}, {cause})
}
