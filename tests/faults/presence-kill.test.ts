// A server with two processes. One process is killed while members of both processes look at one board.
import {randomBytes} from 'node:crypto'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {defaultLimits} from '../../src/live/limits.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {presenceOn, waitForNames} from '../helpers/presence.ts'
import {type ServerProcess, startProcess} from '../helpers/process.ts'
import {test as redisTest} from '../helpers/redis.ts'
import {startRedis} from '../helpers/redis-server.ts'
import {Stream} from '../helpers/stream.ts'

const maxGhostMs = 15_000

test('Postgres: when a process is killed, its members leave within 15 s, and a member who reconnects never leaves', async t => {
  await killProcess(t, {})
})

redisTest(
  'Redis: when a process is killed, its members leave within 15 s, and a member who reconnects never leaves',
  async t => {
    const redis = await startRedis()
    t.teardown(() => redis.stop())
    await killProcess(t, {REDIS_URL: redis.url})
  },
)

async function killProcess(t: ExecutionContext, bus: Record<string, string>): Promise<void> {
  t.timeout(120_000)
  const secret = randomBytes(32).toString('hex')
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, LOG_LEVEL: 'info', ...bus}
  const [one, other] = await Promise.all([startProcess(env), startProcess(env)])
  t.teardown(() => Promise.all([one.end('SIGKILL'), other.end('SIGKILL')]))
  const tokenOf = (name: string) =>
    mintToken({secret}, {subject: name, organization: 'acme', role: 'admin', name, lifetime: 600})
  const post = async (path: string, body: object) => {
    const response = await fetch(`${one.url}/api/v1${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${await tokenOf('Ada')}`, 'content-type': 'application/json'},
      body: JSON.stringify(body),
    })
    return response.json()
  }
  const project = await post('/projects', {name: 'Rocket'})
  const sprint = await post(`/projects/${project.id}/sprints`, {name: 'Sprint 1'})
  const open = async (at: ServerProcess, name: string) => {
    const query = `token=${await tokenOf(name)}&sprint_id=${sprint.id}&presence=true`
    const stream = await Stream.open(`${at.url}/api/v1/events/tasks?${query}`)
    t.teardown(() => stream.close())
    await stream.waitFor('presence.state')
    return stream
  }

  const watcher = await open(one, 'Ada')
  await Promise.all([open(other, 'Bob'), open(other, 'Cid')])
  await waitForNames(watcher, 'Ada', 'Bob', 'Cid')
  const bobsId = presenceOn(watcher).members.find(({name}) => name === 'Bob')!.user_id

  await other.end('SIGKILL')
  const killedAt = performance.now()
  const again = await open(one, 'Bob')
  await waitForNames(watcher, 'Ada', 'Bob')
  const ghostMs = performance.now() - killedAt
  t.log(`the ghost left after ${Math.round(ghostMs)} ms`)
  t.true(ghostMs < maxGhostMs, `${ghostMs} ms`)
  t.true(
    ghostMs > defaultLimits.presenceLeaseMs - defaultLimits.presenceRenewalMs - 1_000,
    'Cid left too early',
  )
  for (const {received} of [watcher, again]) t.false(received.some(({data}) => data.left?.includes(bobsId)))
}
