// Attacks with more connections than the system's limit of open files permits.
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import type {ExecutionContext} from 'ava'
import pg from 'pg'
import {maxConnectionsOf, warnAboutOpenFiles} from '../../src/commands/connection-limits.ts'
import {readConfig} from '../../src/config.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {until} from '../helpers/until.ts'

const secret = randomBytes(32).toString('hex')
const maxOpenFiles = 200

for (const workers of [1, 2]) {
  test(`when clients open more connections than the limit of open files permits, a server with WORKERS=${workers} can still connect to Postgres`, async t => {
    const databaseUrl = await createDatabase()
    const env = {DATABASE_URL: databaseUrl, AUTH_JWT_SECRET: secret, POOL_SIZE: '2', WORKERS: `${workers}`}
    const server = await startProcess({...env, MAX_STREAMS: '150'}, [], {maxOpenFiles})
    t.teardown(() => server.end('SIGKILL'))
    const warnings = server.output.filter(line => line.includes('fewer connections than MAX_STREAMS'))
    t.is(warnings.length, workers === 1 ? 1 : 0)

    const port = Number(new URL(server.url).port)
    const first = await openSocket(t, port)
    t.is(await statusOf(first), 200)
    let closed = 0
    for (let count = 0; count < workers * maxOpenFiles; count++) {
      const socket = await openSocket(t, port)
      socket.once('close', () => closed++)
    }
    // Each worker has its own limit, and the workers do not receive exactly the same number of connections. The test
    // therefore waits only until a quarter of the connections have been closed.
    await until(() => closed >= (workers * maxOpenFiles) / 4)
    // When the database sessions end, their files become free. If no files were reserved, the connections of this
    // attack would use these free files.
    const attack = setInterval(() => void openSocket(t, port), 2)
    t.teardown(() => clearInterval(attack))
    await endSessions(databaseUrl)
    await until(async () => (await statusOf(first)) === 200)
    await until(() => server.output.some(line => line.includes('"limit":"open-files"')))
    t.pass()
  })
}

test('the number of permitted connections is the limit of open files minus the reserved files, but at least half of the limit', t => {
  const config = readConfig({DATABASE_URL: 'postgres://db/boards', AUTH_JWT_SECRET: secret, POOL_SIZE: '36'})
  t.is(maxConnectionsOf(config, 1_024), 924)
  t.is(maxConnectionsOf(config, 100), 50)
})

test('at the start, the server logs a warning only if the limit of open files permits fewer connections than MAX_STREAMS', t => {
  const warnings: object[] = []
  const log = {warn: (fields: object) => warnings.push(fields)} as never
  const config = readConfig({AUTH_JWT_SECRET: secret, MAX_STREAMS: '900'})
  warnAboutOpenFiles(config, 1_024, log)
  warnAboutOpenFiles(config, undefined, log)
  t.deepEqual(warnings, [])
  warnAboutOpenFiles(config, 512, log)
  t.deepEqual(warnings, [{max_streams: 900, max_open_files: 512, max_connections: 448}])
})

async function openSocket(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return socket
}

/** Sends a request on this connection, and returns the status of the response. The request needs the database. */
async function statusOf(socket: Socket): Promise<number> {
  const token = await mintToken({secret}, {subject: 'ada', organization: 'acme', lifetime: 600})
  socket.write(`GET /api/v1/projects HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
  const [head] = await once(socket, 'data')
  return Number(String(head).split(' ')[1])
}

/** Ends all database sessions of the server, so that the server must connect to the database again. */
async function endSessions(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
}
