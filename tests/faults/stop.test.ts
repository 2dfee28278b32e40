import {randomBytes} from 'node:crypto'
import {Agent, request} from 'node:http'
import {connect} from 'node:net'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {startBlackHoleProxy} from '../helpers/black-hole-proxy.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const writers = 16
const secret = randomBytes(32).toString('hex')

function newToken(): Promise<string> {
  return mintToken({secret}, {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 600})
}

for (const workers of ['1', '2']) {
  test(`while a server with WORKERS=${workers} stops, a writer that reuses its connection gets a response to every request until the server refuses new connections`, t =>
    stopDuringWrites(t, workers))
}

async function stopDuringWrites(t: ExecutionContext, workers: string): Promise<void> {
  t.timeout(120_000)
  const token = await newToken()
  const database = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret}
  const server = await startProcess({...database, WORKERS: workers})

  // Each writer uses one keep-alive connection, and sends the next request when the response to the previous request
  // has arrived.
  const failures: string[] = []
  let answers = 0
  const connected = new Set<Agent>()
  const stopAfter = 20 * writers
  let stopped: Promise<number | null> | undefined
  await Promise.all(
    Array.from({length: writers}, async () => {
      const agent = new Agent({keepAlive: true, maxSockets: 1})
      for (;;) {
        const outcome = await createProject(server.url, token, agent)
        if (outcome === 'refused') break // The server refused the connection, so no request was lost.
        if (outcome !== 201) failures.push(String(outcome))
        if (outcome !== 201) break
        connected.add(agent)
        const isTime = ++answers >= stopAfter && connected.size === writers
        if (isTime) stopped ??= server.end('SIGTERM')
      }
      agent.destroy()
    }),
  )

  t.deepEqual(failures, [])
  t.is(await stopped, 0)
}

test('when the database does not respond, the server stops without an error', async t => {
  t.timeout(120_000)
  const proxy = await startBlackHoleProxy(await createDatabase())
  t.teardown(proxy.close)
  const server = await startProcess({DATABASE_URL: proxy.url, AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '0'})
  t.teardown(() => server.end('SIGKILL'))
  const agent = new Agent({keepAlive: true})
  t.is(await createProject(server.url, await newToken(), agent), 201)
  // Also later connections must be silent. Otherwise, `/readyz` could use a new connection.
  proxy.swallowAll()
  const pending = createProject(server.url, await newToken(), agent)
  await until(async () => (await fetch(`${server.url}/readyz`)).status === 503)
  t.is(await server.end('SIGTERM'), 0)
  t.is(await pending, 'ECONNRESET')
})

test('the server stops, even if clients have sent only half of a request', async t => {
  t.timeout(120_000)
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '0'}
  const server = await startProcess(env)
  t.teardown(() => server.end('SIGKILL'))
  const start = `POST /api/v1/projects HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await newToken()}\r\n`
  const body = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"name":'
  for (const half of ['GET /api/v1/me HT', start, start + body]) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    await new Promise<void>(resolve => socket.write(half, () => resolve()))
  }
  t.is((await fetch(`${server.url}/livez`)).status, 200, 'the server has also received the earlier bytes')
  t.is(await server.end('SIGTERM'), 0)
  await until(() => server.output.some(line => line.includes('"stopped"'))) // the last lines may arrive after the exit
})

/**
 * Resolves with 'refused' when no server listens. Otherwise, resolves with the status of the response or the code of
 * the error.
 */
function createProject(url: string, token: string, agent: Agent): Promise<number | string> {
  return new Promise(resolve => {
    const body = JSON.stringify({name: 'Rocket'})
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const options = {agent, method: 'POST', headers: {...headers, 'content-length': Buffer.byteLength(body)}}
    const sent = request(`${url}/api/v1/projects`, options, response => {
      response.resume().on('end', () => resolve(response.statusCode!))
    })
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : (error.code ?? error.message)),
    )
    sent.end(body)
  })
}

for (const workers of [1, 2]) {
  test(`during DRAIN_DELAY_SECONDS, a server with WORKERS=${workers} is not ready but accepts requests and streams`, async t => {
    t.timeout(120_000)
    const env = {WORKERS: String(workers), DRAIN_DELAY_SECONDS: '300', DRAIN_SECONDS: '0'}
    const server = await startProcess({...env, DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret})
    t.teardown(() => server.end('SIGKILL'))
    void server.end('SIGTERM')
    const probe = async () => (await fetch(`${server.url}/readyz`, {headers: {connection: 'close'}})).status
    // Waits until each worker has received the announcement of the stop.
    await until(async () =>
      (await Promise.all([probe(), probe(), probe(), probe()])).every(status => status === 503),
    )
    const token = await newToken()
    const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${token}`)
    await stream.waitFor('stream.ready')
    t.is(await createProject(server.url, token, new Agent()), 201)
    await stream.waitFor('project.created')
  })

  test(`after DRAIN_DELAY_SECONDS, a server with WORKERS=${workers} ends its streams and stops, even when the program that reads its log has exited`, async t => {
    t.timeout(120_000)
    const env = {WORKERS: String(workers), DRAIN_DELAY_SECONDS: '1', DRAIN_SECONDS: '0'}
    const server = await startProcess({...env, DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret})
    t.teardown(() => server.end('SIGKILL'))
    const token = await newToken()
    const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${token}`)
    await stream.waitFor('stream.ready')
    server.closeOutput()
    t.is(await server.end('SIGTERM'), 0)
    await stream.waitFor('stream.drain')
    t.is(await createProject(server.url, token, new Agent()), 'refused')
  })
}
