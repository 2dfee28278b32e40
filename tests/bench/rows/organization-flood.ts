/** Measures the changes of one organization while another organization sends ten times as many as its limit allows. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Paced} from '../load/paced.ts'
import type {Processes} from '../processes.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const maxChangesPerMinute = 6_000
const floodPerSecond = (10 * maxChangesPerMinute) / 60
const connections = 64 // the connections of the organization that sends too many changes
const tasks = 100 // tasks of the other organization
const changesPerSecond = 50
const rounds = 3
const warmUpMs = 3_000
const measuredMs = 10_000
const settleMs = 1_000 // the time from the start of the flood to the start of the measurement

export async function organizationFlood(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const {child} = await processes.server('defaults', {databaseUrl, maxChangesPerMinute})
  const flooding = await child.call('makeBoard', {organization: 'flooding', tasks: connections})
  const other = await child.call('makeBoard', {organization: 'other', tasks})
  const [load, flooder] = [processes.load(), processes.load()]
  const change = (milliseconds: number) => load.call('runPaced', {...other, changesPerSecond, milliseconds})
  await flooder.call('cpu') // resolves when the process has started
  await change(warmUpMs)

  const samples: (Paced & {name: 'without' | 'during'})[] = []
  const statuses: Record<number, number> = {}
  for (let round = 0; round < rounds; round++) {
    samples.push({name: 'without', ...(await change(measuredMs))})
    const milliseconds = measuredMs + 2 * settleMs
    const flood = flooder.call('floodWithChanges', {
      ...flooding,
      requestsPerSecond: floodPerSecond,
      milliseconds,
    })
    await delay(settleMs)
    samples.push({name: 'during', ...(await change(measuredMs))})
    for (const [status, count] of Object.entries(await flood)) {
      statuses[Number(status)] = (statuses[Number(status)] ?? 0) + count
    }
  }
  const without = medianOf(samples, 'without', 'p99')
  const during = medianOf(samples, 'during', 'p99')
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0)
  return {
    title:
      'Changes of one organization while another organization sends ten times as many as its limit allows',
    columns: ['', 'p50 ms', 'p99 ms', 'failed'],
    lines: samples.map(({name, p50, p99, failed}) => [name, p50, p99, failed]),
    notes: [
      `The limit is ${maxChangesPerMinute} changes per minute. The flooding organization sends ${floodPerSecond} changes/s on ${connections} connections. The responses: ${formatStatuses(statuses)}.`,
      `The other organization sends ${changesPerSecond} changes/s, without waiting for responses. Each line is from ${samples[0]!.changes} requests.`,
      'The server accepts the changes of the flood until the limit is reached, and rejects them for the rest of the minute. The load generators share the cores with the server and Postgres.',
    ],
    bars: [
      atMost('p99 of another organization during a flood', 1.5, '× without', during / without),
      atMost('failed requests of the other organization', 0, '', failed),
    ],
  }
}

function formatStatuses(statuses: Record<number, number>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
}
