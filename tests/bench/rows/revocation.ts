/** Measures how long the streams of an API key stay open after the request that revokes the key. */
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {startRedis} from '../../helpers/redis-server.ts'
import {Stream} from '../../helpers/stream.ts'
import type {Processes} from '../processes.ts'
import {organization} from '../servers/organization.ts'
import {percentile} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const streamsPerKey = 10 // each of the two server processes has half of the streams of a key
const buses = ['postgres', 'redis', 'none'] as const
type BusKind = (typeof buses)[number]
const keysOf: Record<BusKind, number> = {postgres: 100, redis: 100, none: 15}
const pollMs = 2_000

interface Key {
  id: string
  streams: Stream[]
}

export async function revocation(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const redis = await startRedis()
  try {
    const samples = new Map<BusKind, number[]>()
    for (const kind of buses) {
      const databaseUrl = await postgres.createDatabase()
      samples.set(kind, await measure(processes, kind, {databaseUrl, redisUrl: redis.url}))
    }
    return toResult(samples)
  } finally {
    await redis.stop()
  }
}

async function measure(
  processes: Processes,
  kind: BusKind,
  {databaseUrl, redisUrl}: {databaseUrl: string; redisUrl: string},
): Promise<number[]> {
  const secret = randomBytes(32).toString('hex')
  const settings = {
    DATABASE_URL: databaseUrl,
    AUTH_JWT_SECRET: secret,
    BUS: kind,
    ...(kind === 'redis' && {REDIS_URL: redisUrl}),
  }
  const servers = [await processes.program(settings), await processes.program(settings)]
  const [api = '', ...others] = servers.map(({port}) => `http://127.0.0.1:${port}/api/v1`)
  const token = await mintToken({secret}, {subject: 'root', organization, role: 'admin', lifetime: 3600})
  const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
  const keys: Key[] = []
  for (let count = 0; count < keysOf[kind]; count++) {
    const body = JSON.stringify({name: `Key ${count}`, role: 'viewer'})
    const response = await fetch(`${api}/api-keys`, {method: 'POST', headers, body})
    if (response.status !== 201) throw new Error(await response.text())
    const {id, key} = (await response.json()) as {id: string; key: string}
    const urls = Array.from({length: streamsPerKey}, (_, n) => (n % 2 === 0 ? api : others[0]!))
    const opening = urls.map(url => Stream.open(`${url}/events`, {headers: {'x-api-key': key}}))
    const streams = await Promise.all(opening)
    for (const stream of streams) await stream.waitFor('stream.ready')
    keys.push({id, streams})
  }
  const latencies: number[] = []
  for (const {id, streams} of keys) {
    // Without this delay, each revocation would come directly after a poll.
    if (kind === 'none') await delay(Math.random() * pollMs)
    const startedAt = performance.now()
    const response = await fetch(`${api}/api-keys/${id}`, {method: 'DELETE', headers})
    if (response.status !== 204) throw new Error(await response.text())
    const revoked = await Promise.all(streams.map(stream => stream.waitFor('stream.revoked')))
    latencies.push(performance.now() - startedAt)
    if (revoked.some(({data}) => data.reason !== 'api-key-revoked')) throw new Error('Another reason')
  }
  return latencies
}

function toResult(samples: ReadonlyMap<BusKind, readonly number[]>): Result {
  const maximum = (kind: BusKind) => Math.max(...samples.get(kind)!)
  return {
    title: `Time from the request that revokes an API key until its ${streamsPerKey} streams have received stream.revoked`,
    columns: ['bus', 'revocations', 'open streams', 'p50 ms', 'maximum ms'],
    lines: buses.map(kind => [
      kind,
      keysOf[kind],
      keysOf[kind] * streamsPerKey,
      percentile(samples.get(kind)!, 0.5),
      maximum(kind),
    ]),
    notes: [
      'Two processes, Postgres, fsync on. Half of the streams are open at the process that receives the request. Without a bus, the other process finds the revocation when it polls the log.',
    ],
    bars: [
      atMost('slowest revocation with the Postgres bus', 1_000, 'ms', maximum('postgres')),
      atMost('slowest revocation with the Redis bus', 1_000, 'ms', maximum('redis')),
      atMost('slowest revocation without a bus', pollMs, 'ms', maximum('none')),
    ],
  }
}
