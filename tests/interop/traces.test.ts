// Runs two servers with the SDK of OpenTelemetry, which send their spans to a receiver of OTLP.
import {randomBytes} from 'node:crypto'
import {cpSync, existsSync, mkdirSync, rmSync, symlinkSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {type ReceivedSpan, startOtlpReceiver} from '../helpers/otlp-receiver.ts'
import {createDatabase, test as testWithPostgres} from '../helpers/postgres.ts'
import {program, startProcess} from '../helpers/process.ts'
import {startRedis} from '../helpers/redis-server.ts'
import {skipping} from '../helpers/skipping.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const sdk = fileURLToPath(new URL('node_modules/@opentelemetry/sdk-node', import.meta.url))
const test =
  existsSync(sdk) || process.env.CI === 'true'
    ? testWithPostgres
    : skipping('the SDK of OpenTelemetry', 'run `npm ci --prefix tests/interop` to install it')

const secret = randomBytes(32).toString('hex')
const parentId = '00f067aa0ba902b7'

// A copy of the program, with the SDK installed beside it.
const copy = join(dirname(program), '../program-with-sdk')
test.before(() => {
  cpSync(dirname(program), copy, {recursive: true})
  mkdirSync(join(copy, 'node_modules/@opentelemetry'), {recursive: true})
  symlinkSync(sdk, join(copy, 'node_modules/@opentelemetry/sdk-node'))
})
test.after.always(() => rmSync(copy, {recursive: true, force: true}))

for (const bus of ['postgres', 'redis'] as const) {
  test(`over ${bus}, the trace of a change contains its transaction, and its deliveries by two processes`, async t => {
    t.timeout(120_000)
    const {receiver, servers, change} = await startTraced(t, bus)
    const streams = []
    for (const server of servers) streams.push(await server.openStream())
    const traceId = randomBytes(16).toString('hex')
    const {status, eventId} = await change(`00-${traceId}-${parentId}-01`)
    t.is(status, 200)
    for (const stream of streams) await stream.waitUntil(() => stream.events.some(({id}) => id === eventId))
    await until(() => receiver.spansOf(traceId).length >= 4)

    t.log(`\n${receiver.treeOf(traceId)}`)
    const spans = receiver.spansOf(traceId)
    const request = spans.find(({name}) => name === 'PUT /api/v1/tasks/{id}/ownership')!
    t.is(request.parentSpanId, parentId)
    const parts = spans.filter(({parentSpanId}) => parentSpanId === request.spanId)
    t.deepEqual(parts.map(({name}) => name).sort(), ['deliver', 'deliver', 'transaction'])
    const [first, second] = servers.map(({pid}) => pid)
    const pidsOf = (name: string) =>
      spans.filter(span => span.name === name).map(({resource}) => Number(resource['process.pid']))
    t.deepEqual(pidsOf('transaction'), [first!])
    t.deepEqual(pidsOf('deliver').sort(), [first!, second!].sort())
    const seq = Number(eventId.split('-')[1])
    for (const {attributes} of spans.filter(({name}) => name === 'deliver')) {
      t.like(attributes, {'boardcast.seq': seq, 'boardcast.selections': 1})
    }
    t.is(spans.length, 4)
    t.is(request.resource['service.name'], 'boardcast')
    const isLogged = (line: Record<string, unknown>) => line.trace_id === traceId && line.event_id === eventId
    await until(() => servers[0]!.log().some(isLogged))
  })
}

test('a trace that its sender does not sample has no spans in any process', async t => {
  t.timeout(120_000)
  const {receiver, servers, change} = await startTraced(t, 'postgres')
  const stream = await servers[1]!.openStream()
  const [unsampled, sampled] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  await change(`00-${unsampled}-${parentId}-00`)
  const {eventId} = await change(`00-${sampled}-${parentId}-01`, 'DELETE')
  await stream.waitUntil(() => stream.events.some(({id}) => id === eventId))
  await until(() => receiver.spansOf(sampled).some(({name}) => name === 'deliver'))
  t.deepEqual(receiver.spansOf(unsampled), [])
})

/** Starts two servers with one database. `change` takes or releases a task on the first server. */
async function startTraced(t: ExecutionContext, bus: 'postgres' | 'redis') {
  const receiver = await startOtlpReceiver()
  t.teardown(() => receiver.close())
  const redis = bus === 'redis' ? await startRedis() : undefined
  if (redis) t.teardown(() => redis.stop())
  const env = {
    DATABASE_URL: await createDatabase(),
    AUTH_JWT_SECRET: secret,
    DRAIN_SECONDS: '0',
    BUS: bus,
    ...(redis && {REDIS_URL: redis.url}),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  }
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 600},
  )
  const servers: Awaited<ReturnType<typeof startServer>>[] = []
  for (let server = 0; server < 2; server++) servers.push(await startServer(t, env, token))
  const {request} = servers[0]!
  const project = await request('POST', '/projects', {name: 'Rocket'})
  const story = await request('POST', `/projects/${project.body.id}/stories`, {title: 'Orbit'})
  const createTask = (headers?: Record<string, string>) =>
    request('POST', `/stories/${story.body.id}/tasks`, {title: 'Weld'}, headers)
  const task = await createTask()
  await untilBusIsConnected()
  return {
    receiver,
    servers,
    async change(traceparent: string, method: 'PUT' | 'DELETE' = 'PUT') {
      const path = `/tasks/${task.body.id}/ownership`
      const {status, headers} = await request(method, path, undefined, {traceparent})
      return {status, eventId: headers.get('event-id')!}
    },
  }

  /** Announcements of the first server are lost until the second server has connected. */
  async function untilBusIsConnected(): Promise<void> {
    const stream = await servers[1]!.openStream()
    const traceIds: string[] = []
    await until(async () => {
      traceIds.push(randomBytes(16).toString('hex'))
      await createTask({traceparent: `00-${traceIds.at(-1)}-${parentId}-01`})
      return traceIds.some(id => receiver.spansOf(id).some(isDeliveryOf(servers[1]!.pid)))
    })
    stream.close()
  }
}

const isDeliveryOf =
  (pid: number) =>
  ({name, resource}: ReceivedSpan) =>
    name === 'deliver' && resource['process.pid'] === pid

async function startServer(t: ExecutionContext, env: Record<string, string>, token: string) {
  const server = await startProcess(env, [], {file: join(copy, 'main.js')})
  t.teardown(() => server.end('SIGKILL'))
  return {
    pid: server.pid,
    log: (): Record<string, unknown>[] =>
      server.output.filter(line => line.startsWith('{')).map(line => JSON.parse(line)),
    async openStream(): Promise<Stream> {
      const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)
      t.teardown(() => stream.close())
      await stream.waitFor('stream.ready')
      return stream
    },
    async request(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && {'content-type': 'application/json'}),
          ...headers,
        },
        ...(body && {body: JSON.stringify(body)}),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: (text ? JSON.parse(text) : undefined) as any,
      }
    },
  }
}
