/** Measures how long the streams of an API key stay open after the request that revokes the key. */
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {type RedisServer, startRedis} from '../../helpers/redis-server.ts'
import {Stream} from '../../helpers/stream.ts'
import type {Processes} from '../processes.ts'
import {organization} from '../servers/organization.ts'
import {percentile} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const streamsPerKey = 10 // each of the two server processes has half of the streams of a key
const pollMs = 2_000

interface Case {
  bus: 'postgres' | 'redis' | 'none'
  keys: number
  maxMs: number
  /** Called when the streams are open. Stops the bus. */
  stopBus?: (redis: RedisServer) => void | Promise<void>
}

const cases: Record<string, Case> = {
  Postgres: {bus: 'postgres', keys: 100, maxMs: 1_000},
  Redis: {bus: 'redis', keys: 100, maxMs: 1_000},
  'Redis, which was killed': {bus: 'redis', keys: 15, maxMs: pollMs, stopBus: redis => redis.stop()},
  'Redis, which does not respond': {bus: 'redis', keys: 15, maxMs: pollMs, stopBus: redis => redis.suspend()},
  none: {bus: 'none', keys: 15, maxMs: pollMs},
}

interface Key {
  id: string
  streams: Stream[]
}

export async function revocation(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const samples = new Map<string, number[]>()
  for (const [name, one] of Object.entries(cases)) {
    const redis = await startRedis()
    try {
      samples.set(name, await measure(processes, one, await postgres.createDatabase(), redis))
    } finally {
      await redis.stop()
    }
  }
  return toResult(samples)
}

async function measure(
  processes: Processes,
  {bus, keys: count, stopBus}: Case,
  databaseUrl: string,
  redis: RedisServer,
): Promise<number[]> {
  const secret = randomBytes(32).toString('hex')
  const settings = {
    DATABASE_URL: databaseUrl,
    AUTH_JWT_SECRET: secret,
    BUS: bus,
    ...(bus === 'redis' && {REDIS_URL: redis.url}),
  }
  const servers = [await processes.program(settings), await processes.program(settings)]
  const [api = '', ...others] = servers.map(({port}) => `http://127.0.0.1:${port}/api/v1`)
  const token = await mintToken({secret}, {subject: 'root', organization, role: 'admin', lifetime: 3600})
  const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
  const keys: Key[] = []
  while (keys.length < count) {
    const body = JSON.stringify({name: `Key ${keys.length}`, role: 'viewer'})
    const response = await fetch(`${api}/api-keys`, {method: 'POST', headers, body})
    if (response.status !== 201) throw new Error(await response.text())
    const {id, key} = (await response.json()) as {id: string; key: string}
    const urls = Array.from({length: streamsPerKey}, (_, n) => (n % 2 === 0 ? api : others[0]!))
    const opening = urls.map(url => Stream.open(`${url}/events`, {headers: {'x-api-key': key}}))
    const streams = await Promise.all(opening)
    for (const stream of streams) await stream.waitFor('stream.ready')
    keys.push({id, streams})
  }
  await stopBus?.(redis)
  const latencies: number[] = []
  for (const {id, streams} of keys) {
    // Without the random delay, each request that revokes a key would be sent directly after a poll.
    if (stopBus || bus === 'none') await delay(Math.random() * pollMs)
    const startedAt = performance.now()
    const response = await fetch(`${api}/api-keys/${id}`, {method: 'DELETE', headers})
    if (response.status !== 204) throw new Error(await response.text())
    const revoked = await Promise.all(streams.map(stream => stream.waitFor('stream.revoked')))
    latencies.push(performance.now() - startedAt)
    if (revoked.some(({data}) => data.reason !== 'api-key-revoked')) throw new Error('Another reason')
  }
  return latencies
}

function toResult(samples: ReadonlyMap<string, readonly number[]>): Result {
  return {
    title: `Time from the request that revokes an API key until its ${streamsPerKey} streams have received stream.revoked`,
    columns: ['bus', 'revocations', 'open streams', 'p50 ms', 'maximum ms'],
    lines: [...samples].map(([name, times]) => [
      name,
      times.length,
      times.length * streamsPerKey,
      percentile(times, 0.5),
      Math.max(...times),
    ]),
    notes: [
      'Two processes, Postgres, fsync on. Half of the streams are open at the process that receives the request. Without a bus, the other process finds the revocation when it polls the log. Redis stops after the streams have opened and before the first revocation.',
    ],
    bars: [...samples].map(([name, times]) =>
      atMost(`slowest revocation, bus: ${name}`, cases[name]!.maxMs, 'ms', Math.max(...times)),
    ),
  }
}
