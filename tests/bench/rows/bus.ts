/**
 * Compares two latencies of an event: at a stream of the process that commits the event, and at a stream of another
 * process.
 */
import {mintToken} from '../../../src/identity/mint-token.ts'
import {startRedis} from '../../helpers/redis-server.ts'
import type {Load, Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {TaskRequests} from '../servers/boards.ts'
import type {DefaultsCommands} from '../servers/defaults.ts'
import {organization} from '../servers/organization.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const readers = 10
const changesPerSecond = 50
const tasks = 25
const times = 4 // how many times all tasks are taken and released in a round; a round takes 4 s
const rounds = 3

const buses = ['none', 'postgres', 'redis'] as const
type BusKind = (typeof buses)[number]
const names: Record<BusKind, string> = {
  none: 'the process that commits',
  postgres: 'another process, Postgres bus',
  redis: 'another process, Redis bus',
}

interface Case {
  name: string
  /** The load process that sends the changes and reads the streams. */
  load: Load
  /** The port of the process that commits the changes. */
  port: number
  tasks: TaskRequests[]
}

/** Latencies in milliseconds. */
interface Sample {
  name: string
  p50: number
  p99: number
}

export async function bus(processes: Processes): Promise<Result> {
  const postgres = await processes.postgres()
  if (!postgres) throw new Error('This row needs Postgres')
  const redis = await startRedis()
  try {
    const cases: Case[] = []
    for (const kind of buses) {
      cases.push(await openCase(processes, kind, await postgres.createDatabase(), redis.url))
    }
    for (const one of cases) await measure(one, 1) // warms up, so that V8 compiles the code
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) {
      for (const one of cases) samples.push(await measure(one, times))
    }
    return toResult(samples)
  } finally {
    await redis.stop()
  }
}

async function openCase(
  processes: Processes,
  kind: BusKind,
  databaseUrl: string,
  redisUrl: string,
): Promise<Case> {
  const url = kind === 'redis' ? redisUrl : databaseUrl
  const options = {databaseUrl, bus: kind === 'none' ? {kind} : {kind, url}} as const
  const committing = await processes.server('defaults', options)
  const board = await committing.child.call('makeBoard', {organization, tasks})
  const streaming = kind === 'none' ? committing : await processes.server('defaults', options)
  const load = processes.load()
  const {port, readyMark} = streaming
  const requests = [await streamRequest(streaming)]
  await load.call('open', {port, count: readers, requests, readyMark, maxPending: readers})
  return {name: names[kind], load, ...board}
}

async function streamRequest({child}: Server<DefaultsCommands>): Promise<string> {
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'reader', organization, lifetime: 3600})
  return formatRequest('GET', '/events/tasks', token)
}

async function measure({name, load, port, tasks}: Case, times: number): Promise<Sample> {
  return {name, ...(await load.call('measureLatency', {port, tasks, times, changesPerSecond}))}
}

function toResult(samples: readonly Sample[]): Result {
  const later = (kind: BusKind, figure: 'p50' | 'p99') =>
    medianOf(samples, names[kind], figure) - medianOf(samples, names.none, figure)
  return {
    title: `Latency from the request for a change until the event at ${readers} readers, at ${changesPerSecond} changes/s`,
    columns: ['streams of', 'p50 ms', 'p99 ms', 'p50 later by ms', 'p99 later by ms'],
    lines: buses.map(kind => [
      names[kind],
      medianOf(samples, names[kind], 'p50'),
      medianOf(samples, names[kind], 'p99'),
      later(kind, 'p50'),
      later(kind, 'p99'),
    ]),
    notes: [
      'Postgres, fsync on. Each case has its own database and its own processes, which are measured in turn.',
    ],
    bars: [
      atMost('p50 at another process, Postgres bus', 2, 'ms later', later('postgres', 'p50')),
      atMost('p99 at another process, Postgres bus', 5, 'ms later', later('postgres', 'p99')),
      atMost('p50 at another process, Redis bus', 2, 'ms later', later('redis', 'p50')),
      atMost('p99 at another process, Redis bus', 5, 'ms later', later('redis', 'p99')),
    ],
  }
}
