/** How Kysely's queries reach pg's clients: each statement prepared once, and those that can go together in one trip. */
import {
  type CompiledQuery,
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

/** A query with what is sent around it in the same trip. */
interface Trip extends CompiledQuery {
  readonly before: readonly CompiledQuery[]
  /** Whether the transaction is committed behind it. */
  readonly commits: boolean
}

/**
 * Sends `before`, then `query`, in one trip, and answers the rows of `query`. Where one statement fails, Postgres
 * refuses those behind it, and this rejects with the first error.
 */
export async function queryWith<Tables, Row>(
  trx: Transaction<Tables>,
  before: readonly CompiledQuery[],
  query: CompiledQuery<Row>,
): Promise<Row[]> {
  return send(trx, {...query, before, commits: false})
}

/** As `queryWith`, and the commit in the same trip. Nothing may be asked of the transaction afterwards. */
export async function commitWith<Tables, Row>(
  trx: Transaction<Tables>,
  before: readonly CompiledQuery[],
  last: CompiledQuery<Row>,
): Promise<Row[]> {
  return send(trx, {...last, before, commits: true})
}

async function send<Tables, Row>(trx: Transaction<Tables>, trip: Trip): Promise<Row[]> {
  const {rows} = await trx.executeQuery(trip)
  return rows as Row[]
}

/** Postgres, spoken through this pool. */
export function dialectOver(pool: pg.Pool): Dialect {
  return {
    createDriver: () => new PoolDriver(pool),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  }
}

class PoolDriver implements Driver {
  readonly #pool: pg.Pool
  readonly #connections = new WeakMap<pg.PoolClient, ClientConnection>()
  readonly #names = new StatementNames()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ClientConnection> {
    const client = await this.#pool.connect().catch(error => {
      throw acquireProblem(error)
    })
    let connection = this.#connections.get(client)
    if (!connection) {
      connection = new ClientConnection(client, this.#names)
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
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

/** A statement as it is sent. Those without parameters go by the simple protocol, which also takes several in one text. */
interface Statement {
  text: string
  values?: unknown[]
  name?: string
}

class ClientConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  /** What begins the transaction; it goes with the first statement. */
  #begin: string | undefined
  /** Whether the transaction was committed with its last query, of which Kysely does not know. */
  #isOver = false

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.#client = client
    this.#names = names
  }

  begin({isolationLevel, accessMode}: TransactionSettings): void {
    const isolation = isolationLevel ? ` isolation level ${isolationLevel}` : ''
    this.#begin = `begin${isolation}${accessMode ? ` ${accessMode}` : ''}`
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const hasBegun = this.#begin === undefined
    this.#begin = undefined
    this.#isOver = false
    if (hasBegun && this.#client.getTransactionStatus() !== 'I') await this.#send([{text: how}])
  }

  async executeQuery<R>(query: CompiledQuery & Partial<Trip>): Promise<QueryResult<R>> {
    if (this.#isOver) throw new Error('The transaction was committed with its last query')
    const statements = [...(query.before ?? []), query].map(part => this.#statementOf(part))
    if (this.#begin) statements.unshift({text: this.#begin})
    this.#begin = undefined
    const index = statements.length - 1
    this.#isOver = query.commits === true
    if (this.#isOver) statements.push({text: 'commit'})
    try {
      const {command, rowCount, rows} = (await this.#send(statements))[index]!
      return {rows, ...(changing.has(command) && {numAffectedRows: BigInt(rowCount ?? 0)})}
    } catch (error) {
      Error.captureStackTrace(error as Error) // of its ten lines the most shall tell who asked, not who sent
      throw error
    }
  }

  // biome-ignore lint/correctness/useYield: the interface asks for it; nobody here streams rows
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Rows are read in pages here, not streamed')
  }

  release(): void {
    this.#client.release()
  }

  /** Answers every result, or throws the first error: those behind it only tell that there was one. */
  async #send(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    const client = this.#client
    if (!client.pipeline) return this.#sendInTurn(statements)
    const {stream} = client.connection
    stream.cork()
    const answered = this.#pipeline(statements)
    stream.uncork()
    const results = await answered
    return results.map((result, index) => requireCommit(statements[index]!, result))
  }

  /** By callbacks, and a bare text where there is no more to a statement: pg's promises and copies cost 5 % of a change. */
  #pipeline(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const results: pg.QueryResult[] = []
      let failure: Error | undefined
      const answer = (error: Error | null, result: pg.QueryResult) => {
        if (error) failure ??= error
        if (results.push(result) < statements.length) return
        if (failure) reject(failure)
        else resolve(results)
      }
      for (const statement of statements) {
        if (statement.values) this.#client.query(statement, answer)
        else this.#client.query(statement.text, answer)
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
    return {text, values: parameters.map(writable), ...(name && {name})}
  }
}

/**
 * pg makes JSON of an object while it sends. Where that throws, what is behind it leaves all the same, the commit too;
 * so it is made before anything leaves.
 */
function writable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(writable)
  const isObject = typeof value === 'object' && value !== null
  return isObject && !ArrayBuffer.isView(value) && !(value instanceof Date) ? JSON.stringify(value) : value
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

// [spec] "If a transaction block is in an aborted state, COMMIT does the same as ROLLBACK": it says so, and no more.
function requireCommit({text}: Statement, result: pg.QueryResult): pg.QueryResult {
  if (text === 'commit' && result.command !== 'COMMIT') throw new Error('The transaction was rolled back')
  return result
}

// Our statements are few and fixed; a text that varies without end must not fill the server's memory.
const maxPreparedStatements = 500

/** Under which each text is prepared, the same on every connection. */
class StatementNames {
  readonly #names = new Map<string, string>()

  /** Undefined for one too many. */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known || this.#names.size >= maxPreparedStatements) return known
    const name = `s${this.#names.size}`
    this.#names.set(text, name)
    return name
  }
}

function acquireProblem(error: Error): Problem {
  const isBusy = error.message.includes('timeout exceeded when trying to connect')
  return isBusy
    ? new Problem('store-busy', 'The database has no free connection; try again.', {}, {cause: error})
    : new Problem('store-unavailable', 'The database cannot be reached; try again.', {}, {cause: error})
}
