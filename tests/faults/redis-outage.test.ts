// Stops and starts Redis while a stream of one server follows the changes of another server.
import {randomBytes} from 'node:crypto'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {test as testOnRedis} from '../helpers/redis.ts'
import {startRedis} from '../helpers/redis-server.ts'
import {skipping} from '../helpers/skipping.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const secret = randomBytes(32).toString('hex')

const test = hasPostgres ? testOnRedis : skipping('Postgres', 'npm has not installed Postgres')

test('while Redis is stopped, every event arrives; after Redis has started again, the servers use Redis again', async t => {
  t.timeout(120_000)
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const env = {DATABASE_URL: await createDatabase(), REDIS_URL: redis.url, AUTH_JWT_SECRET: secret}
  const [writing, streaming] = [await startProcess(env), await startProcess(env)]
  t.teardown(() => Promise.all([writing.end('SIGTERM'), streaming.end('SIGTERM')]))
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 600},
  )
  await createProject(writing.url, token)
  const stream = await Stream.open(`${streaming.url}/api/v1/events/projects?token=${token}`)
  await stream.waitFor('stream.ready')

  /** Makes a change. Returns the milliseconds from the response of the change to the event of the change. */
  const delayOfChange = async () => {
    const eventId = await createProject(writing.url, token)
    const committedAt = performance.now()
    await stream.waitFor(({id}) => id === eventId)
    return performance.now() - committedAt
  }
  const medianDelay = async (changes: number) => {
    const delays: number[] = []
    for (let change = 0; change < changes; change++) delays.push(await delayOfChange())
    return delays.sort((a, b) => a - b)[Math.floor(changes / 2)]!
  }
  const before = await medianDelay(20)
  await redis.stop()
  const during = await medianDelay(3) // without Redis, each event waits for a poll
  await redis.start()
  // Polls read the log only every two seconds. When each of three events in a row arrives within 500 ms, Redis has
  // announced these events.
  await until(async () => Math.max(await delayOfChange(), await delayOfChange(), await delayOfChange()) < 500)
  const after = await medianDelay(20)

  const seqs = stream.events.map(({id}) => Number(id!.split('-')[1]))
  t.deepEqual(
    seqs,
    Array.from(seqs, (_, index) => seqs[0]! + index),
    'each event arrived once, in order',
  )
  const format = (ms: number) => `${ms.toFixed(1)} ms`
  t.log(`median delay: ${format(before)}, without Redis ${format(during)}, with Redis again ${format(after)}`)
})

/** Creates a project. Returns the Event-Id of the response. */
async function createProject(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/projects`, {
    method: 'POST',
    headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
    body: JSON.stringify({name: 'Rocket'}),
  })
  if (response.status !== 201) throw new Error(`POST /projects: ${response.status}`)
  return response.headers.get('event-id')!
}
