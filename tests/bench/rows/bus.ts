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

const readers = 10 // the number of readers at each process
const changesPerSecond = 50
const tasks = 25
const times = 4 // how many times all tasks are taken and released in a round; a round takes 4 s
const rounds = 4

const buses = ['postgres', 'redis'] as const
type BusKind = (typeof buses)[number]
const busNames: Record<BusKind, string> = {postgres: 'Postgres bus', redis: 'Redis bus'}
// The bench opens the readers in the order of this list: first at the process that commits, then at another process.
const places = ['the process that commits', 'another process'] as const
type Place = (typeof places)[number]

interface Case {
  kind: BusKind
  /** The load process that sends the changes and reads the streams of both processes. */
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
  const postgres = await processes.requirePostgres()
  const redis = await startRedis()
  try {
    const cases: Case[] = []
    for (const kind of buses) {
      cases.push(await openCase(processes, kind, await postgres.createDatabase(), redis.url))
    }
    for (const one of cases) await measure(one, 1) // warms up, so that V8 compiles the code
    const samples: Sample[] = []
    for (let round = 0; round < rounds; round++) {
      for (const one of cases) samples.push(...(await measure(one, times)))
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
  const options = {databaseUrl, bus: {kind, url: kind === 'redis' ? redisUrl : databaseUrl}} as const
  const committing = await processes.server('defaults', options)
  const board = await committing.child.call('makeBoard', {organization, tasks})
  const other = await processes.server('defaults', options)
  const load = processes.load()
  for (const server of [committing, other]) {
    const {port, readyMark} = server
    const requests = [await streamRequest(server)]
    await load.call('open', {port, count: readers, requests, readyMark, maxPending: readers})
  }
  return {kind, load, ...board}
}

async function streamRequest({child}: Server<DefaultsCommands>): Promise<string> {
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'reader', organization, lifetime: 3600})
  return formatRequest('GET', '/events/tasks', token)
}

async function measure({kind, load, port, tasks}: Case, times: number): Promise<Sample[]> {
  const request = {port, tasks, times, changesPerSecond, groups: places.length}
  const latencies = await load.call('measureLatency', request)
  return places.map((place, index) => ({name: nameOf(place, kind), ...latencies[index]!}))
}

function nameOf(place: Place, kind: BusKind): string {
  return `${place}, ${busNames[kind]}`
}

function toResult(samples: readonly Sample[]): Result {
  const median = (place: Place, kind: BusKind, figure: 'p50' | 'p99') =>
    medianOf(samples, nameOf(place, kind), figure)
  const later = (place: Place, kind: BusKind, figure: 'p50' | 'p99') =>
    median(place, kind, figure) - median('the process that commits', kind, figure)
  return {
    title: `Latency from the request for a change until the event at ${readers} readers, at ${changesPerSecond} changes/s`,
    columns: ['streams of', 'p50 ms', 'p99 ms', 'p50 later by ms', 'p99 later by ms'],
    lines: buses.flatMap(kind =>
      places.map(place => [
        nameOf(place, kind),
        median(place, kind, 'p50'),
        median(place, kind, 'p99'),
        later(place, kind, 'p50'),
        later(place, kind, 'p99'),
      ]),
    ),
    notes: [
      'Postgres, fsync on. Each bus has its own database and its own two processes. The readers of both processes receive the events of the same changes. The buses are measured in turn.',
    ],
    bars: buses.flatMap(kind =>
      (
        [
          ['p50', 2],
          ['p99', 5],
        ] as const
      ).map(([figure, limit]) =>
        atMost(
          `${figure} at another process, ${busNames[kind]}`,
          limit,
          'ms later',
          later('another process', kind, figure),
        ),
      ),
    ),
  }
}
