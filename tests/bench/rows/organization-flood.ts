/** Measures the changes of one organization while another organization sends ten times as many changes as allowed. */
import type {Paced} from '../load/paced.ts'
import type {Processes} from '../processes.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const maxChangesPerMinute = 3_000 // the default of MAX_CHANGES_PER_MINUTE_PER_ORG
const floodPerSecond = (10 * maxChangesPerMinute) / 60
const connections = 64 // the connections of the organization that sends too many changes
const tasks = 100 // the number of tasks of the other organization
const changesPerSecond = 30 // below the limit, which also applies to this organization
const rounds = 8
const warmUpMs = 3_000
const measuredMs = 6_000
const burstMs = 1_000 // at the start of a flood, the server accepts a burst of changes

const names = ['without', 'first second', 'during'] as const

interface Sample extends Paced {
  name: (typeof names)[number]
  /** The CPU time of the server, as a percentage of one core. */
  serverCpu: number
}

export async function organizationFlood(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const {child} = await processes.server('defaults', {databaseUrl, maxChangesPerMinute})
  const flooding = await child.call('makeBoard', {organization: 'flooding', tasks: connections})
  const other = await child.call('makeBoard', {organization: 'other', tasks})
  const [load, flooder] = [processes.load(), processes.load()]
  const samples: Sample[] = []
  const change = async (name: Sample['name'], milliseconds: number) => {
    const [startedAt, usedBefore] = [performance.now(), await child.call('cpu')]
    const paced = await load.call('runPaced', {...other, changesPerSecond, milliseconds})
    const used = (await child.call('cpu')) - usedBefore
    samples.push({name, ...paced, serverCpu: used / (performance.now() - startedAt) / 10})
  }
  await flooder.call('cpu') // this call resolves when the process has started
  await load.call('runPaced', {...other, changesPerSecond, milliseconds: warmUpMs})

  const statuses: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    await change('without', measuredMs)
    const flood = flooder.call('floodWithChanges', {
      ...flooding,
      requestsPerSecond: floodPerSecond,
      milliseconds: burstMs + measuredMs,
    })
    await change('first second', burstMs)
    await change('during', measuredMs)
    for (const [status, count] of Object.entries(await flood)) {
      statuses[status] = (statuses[status] ?? 0) + count
    }
  }
  const median = (name: Sample['name'], figure: 'p50' | 'p99' | 'serverCpu') =>
    medianOf(samples, name, figure)
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0)
  return {
    title:
      'Changes of one organization while another organization sends ten times as many as its limit allows',
    columns: ['', 'p50 ms', 'p99 ms', 'highest p99 ms', 'server CPU %'],
    lines: names.map(name => [
      name,
      median(name, 'p50'),
      median(name, 'p99'),
      Math.max(...samples.filter(sample => sample.name === name).map(({p99}) => p99)),
      median(name, 'serverCpu'),
    ]),
    notes: [
      `The limit is ${maxChangesPerMinute} changes per minute. The flooding organization sends at most ${floodPerSecond} changes/s on ${connections} connections. The responses: ${formatStatuses(statuses)}.`,
      `The other organization sends ${changesPerSecond} changes/s, without waiting for responses. Each figure is the median of ${rounds} rounds of ${measuredMs / 1_000} s.`,
      'In the first second of a flood, the server accepts a burst. After that, it accepts changes at the average rate of the limit. The load generators share the cores with the server and Postgres.',
    ],
    bars: [
      atMost(
        'p99 of another organization during a flood',
        1.5,
        '× without',
        median('during', 'p99') / median('without', 'p99'),
      ),
      atMost('failed requests of the other organization', 0, '', failed),
    ],
  }
}

function formatStatuses(statuses: Record<string, number>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
}
