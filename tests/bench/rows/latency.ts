/**
 * Measures the time from the request for a change until every reader has received the event of the change.
 */
import type {Load, Processes} from '../processes.ts'
import type {TaskRequests} from '../servers/boards.ts'
import {organization} from '../servers/organization.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const readers = 1000
const changesPerSecond = 50
const tasks = 25
const times = 4 // how many times all tasks are taken and released in a round; a round takes 4 s
const rounds = 3

const names = ['boardcast', 'changes-to-sockets'] as const
type Name = (typeof names)[number]

interface Pair {
  name: Name
  load: Load
  /** The port to which changes are sent. */
  port: number
  tasks: TaskRequests[]
}

/** Latencies in milliseconds. */
interface Sample {
  name: Name
  p50: number
  p99: number
}

export async function latency(processes: Processes): Promise<Result> {
  const postgres = await processes.postgres()
  const pairs: Pair[] = []
  for (const name of names) pairs.push(await openPair(processes, name, await postgres?.createDatabase()))
  for (const pair of pairs) await measure(pair, 1) // warms up, so that V8 compiles the code
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    for (const pair of pairs) samples.push(await measure(pair, times))
  }
  const ratio = (figure: 'p50' | 'p99') =>
    medianOf(samples, 'boardcast', figure) / medianOf(samples, 'changes-to-sockets', figure)
  return {
    title: `Latency from the request for a change until each of ${readers} readers has its event, at ${changesPerSecond} changes/s`,
    columns: ['server', 'p50 ms', 'p99 ms'],
    lines: [
      ...names.map(name => [name, medianOf(samples, name, 'p50'), medianOf(samples, name, 'p99')]),
      ['boardcast ÷ floor', ratio('p50'), ratio('p99')],
    ],
    notes: [
      `The store is ${postgres ? 'Postgres with fsync on' : 'embedded, because this platform has no Postgres'}.`,
      'The floor is changes-to-sockets: the same app with the same transactions, in which a plain loop writes each event to all sockets.',
    ],
    bars: [atMost('p99 latency at 1,000 subscribers', 1.3, '× floor', ratio('p99'))],
  }
}

async function openPair(processes: Processes, name: Name, databaseUrl?: string): Promise<Pair> {
  const server = await processes.server(name, {...(databaseUrl && {databaseUrl})})
  const board = await server.child.call('makeBoard', {organization, tasks})
  const load = processes.load()
  const {port, request, readyMark} = server
  await load.call('open', {port, count: readers, requests: [request], readyMark, maxPending: 100})
  return {name, load, ...board}
}

async function measure({name, load, port, tasks}: Pair, times: number): Promise<Sample> {
  const [latencies] = await load.call('measureLatency', {port, tasks, times, changesPerSecond})
  return {name, ...latencies!}
}
