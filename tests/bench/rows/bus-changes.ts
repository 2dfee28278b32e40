/** Measures how much the bus slows down the changes of a process. */
import type {BusConfig} from '../../../src/bus/start-bus.ts'
import {startRedis} from '../../helpers/redis-server.ts'
import type {Processes} from '../processes.ts'
import {medianOf} from '../statistics.ts'
import {atLeast, type Result} from '../table.ts'
import {clients, httpCase} from './changes.ts'

const kinds = ['none', 'postgres', 'redis'] as const
const rounds = 4
const seconds = 3
const warmUpSeconds = 1

export async function busChanges(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const redis = await startRedis()
  try {
    const cases = []
    for (const kind of kinds) {
      const databaseUrl = await postgres.createDatabase()
      const bus: BusConfig =
        kind === 'none' ? {kind} : {kind, url: kind === 'redis' ? redis.url : databaseUrl}
      cases.push({...(await httpCase(processes, databaseUrl, {bus})), name: kind})
    }
    for (const {run} of cases) await run(warmUpSeconds)
    const samples: {name: (typeof kinds)[number]; rate: number; serverCpu: number}[] = []
    for (let round = 0; round < rounds; round++) {
      const inTurn = round % 2 === 0 ? cases : cases.toReversed()
      for (const {name, run} of inTurn) samples.push({name, ...(await run(seconds))})
    }
    const ratio = (kind: (typeof kinds)[number]) =>
      medianOf(samples, kind, 'rate') / medianOf(samples, 'none', 'rate')
    return {
      title: 'Changes per second over HTTP, with and without a bus',
      columns: ['bus', 'changes/s', '÷ none', 'server CPU µs/change'],
      lines: kinds.map(kind => [
        kind,
        medianOf(samples, kind, 'rate'),
        ratio(kind),
        medianOf(samples, kind, 'serverCpu'),
      ]),
      notes: [
        `Postgres has fsync on, ${clients} clients and ${clients} connections. Each client has its own organization. The process announces its events, and no other process receives the announcements.`,
      ],
      bars: [
        atLeast('changes/s with the Postgres bus', 0.95, '× without', ratio('postgres')),
        atLeast('changes/s with the Redis bus', 0.95, '× without', ratio('redis')),
      ],
    }
  } finally {
    await redis.stop()
  }
}
