/**
 * Makes the connections to Postgres silent. Then measures how long events are missing, and how long the responses
 * of `/readyz` are wrong.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {startBlackHoleProxy} from '../../helpers/black-hole-proxy.ts'
import {sharedClock} from '../clock.ts'
import type {Probe, Watched} from '../load/watch.ts'
import type {Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {Committed} from '../servers/commits.ts'
import type {DefaultsCommands} from '../servers/defaults.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Result} from '../table.ts'

const blackouts = 2
const poolSize = 10
const commitIntervalMs = 100
const calmMs = 5_000
const blackoutMs = 22_000 // the time from the start of a blackout to the start of the next blackout
const lateMs = 5_000 // an event is missing when it has not arrived within this time
const stepMs = 10

/** A period of the measurement, with times on the shared clock. */
interface Period {
  name: string
  from: number
  to: number
}

interface Recorded extends Watched {
  committed: readonly Committed[]
}

/** Times in seconds. */
interface Sample {
  /** The longest time in which the stream received no event. */
  silence: number
  /** The time in which an event was missing although the last response of `/readyz` was 200. */
  wronglyReady: number
  /** The time in which the last response of `/readyz` was not 200. */
  notReady: number
}

export async function deadConnection(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const proxy = await startBlackHoleProxy(databaseUrl)
  try {
    const other = await processes.server('defaults', {databaseUrl})
    await other.child.call('startCommits', organization, commitIntervalMs)
    const server = await processes.server('defaults', {databaseUrl: proxy.url, poolSize})
    const load = processes.load()
    await load.call('watch', {port: server.port, request: await streamRequest(server)})
    const periods = [await period('none', calmMs)]
    for (let count = 1; count <= blackouts; count++) {
      await server.child.call('fillPool')
      proxy.swallow()
      periods.push(await period(`blackout ${count}`, blackoutMs))
    }
    const record = {committed: await other.child.call('committed'), ...(await load.call('watched'))}
    requireEachOnce(record)
    return toResult(periods, record)
  } finally {
    await proxy.close()
  }
}

async function streamRequest({child}: Server<DefaultsCommands>): Promise<string> {
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'reader', organization, lifetime: 3600})
  return formatRequest('GET', '/events/tasks', token)
}

/** Waits until the period ends. */
async function period(name: string, milliseconds: number): Promise<Period> {
  const from = sharedClock()
  await delay(milliseconds)
  return {name, from, to: sharedClock()}
}

/**
 * Throws when an event is missing, repeated or out of order. The stream may lack events that were committed less
 * than `lateMs` ago.
 */
function requireEachOnce({events, committed}: Recorded): void {
  const first = committed.findIndex(({id}) => id === events[0]?.id)
  const expected = committed.slice(first, first + events.length).map(({id}) => id)
  if (first === -1 || expected.join() !== events.map(({id}) => id).join()) {
    throw new Error('The stream did not receive each event exactly once and in order')
  }
  const missing = committed[first + events.length]
  if (missing && missing.at < sharedClock() - lateMs)
    throw new Error(`The stream lacks the event ${missing.id}`)
}

function toResult(periods: readonly Period[], record: Recorded): Result {
  const samples = periods.map(period => ({name: period.name, ...measure(period, record)}))
  const afterFault = samples.slice(1)
  const longestOf = (figure: (sample: Sample) => number) => Math.max(...afterFault.map(figure))
  return {
    title: 'A stream while the connections to Postgres are silent',
    columns: ['fault', 'longest time without an event s', 'ready, events missing s', 'not ready s'],
    lines: samples.map(({name, silence, wronglyReady, notReady}) => [name, silence, wronglyReady, notReady]),
    notes: [
      `In a blackout, a proxy drops the packets of all ${poolSize} connections of the server to Postgres, without an error. New connections work. A blackout ends when the server has closed these connections. The next blackout begins ${blackoutMs / 1000} s after the start of the previous blackout.`,
      `Another process commits an event every ${commitIntervalMs} ms. The server finds these events by a poll every 2 s. The row fails unless the stream receives each event exactly once and in order (${record.events.length} events).`,
      `The load generator requests /readyz every 100 ms. A response is wrong when its status is 200 although the stream lacks an event that was committed more than ${lateMs / 1000} s ago. A response is also wrong when its status is not 200, because Postgres accepts new connections at all times. Each response counts until the next response.`,
    ],
    bars: [
      atMost(
        'time without an event after a blackout',
        20,
        's',
        longestOf(({silence}) => silence),
      ),
      atMost(
        'time with a wrong /readyz after a blackout',
        20,
        's',
        longestOf(({wronglyReady, notReady}) => wronglyReady + notReady),
      ),
    ],
  }
}

function measure({from, to}: Period, {events, probes, committed}: Recorded): Sample {
  const arrivals = events.map(({at}) => at).filter(at => at > from && at < to)
  const gaps = [...arrivals, to].map((at, index) => at - (arrivals[index - 1] ?? from))
  let wronglyReady = 0
  let notReady = 0
  for (let time = from; time < to; time += stepMs) {
    if (lastStatus(probes, time) !== 200) notReady += stepMs
    else if (isEventMissing(events, committed, time)) wronglyReady += stepMs
  }
  return {
    silence: Math.max(...gaps) / 1000,
    wronglyReady: wronglyReady / 1000,
    notReady: notReady / 1000,
  }
}

function lastStatus(probes: readonly Probe[], time: number): number | undefined {
  return probes.findLast(({at}) => at <= time)?.status
}

/**
 * Returns whether an event was missing at `time`. An event is missing at `time` when the event was committed more than
 * `lateMs` earlier and the stream has not received the event.
 */
function isEventMissing(events: Watched['events'], committed: readonly Committed[], time: number): boolean {
  const newest = committed.findLast(({at}) => at < time - lateMs)
  const received = events.findLast(({at}) => at <= time)
  return newest !== undefined && received !== undefined && seqOf(received.id) < seqOf(newest.id)
}

function seqOf(id: string): number {
  return Number(id.split('-').at(-1))
}
