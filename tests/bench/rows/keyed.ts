/** Measures the POST requests per second in two cases: with an Idempotency-Key, and without a key. */
import type {Load, Processes} from '../processes.ts'
import type {Board} from '../servers/boards.ts'
import {medianOf} from '../statistics.ts'
import {atLeast, type Result} from '../table.ts'
import {clients, httpCase} from './changes.ts'

const rounds = 4
const seconds = 3
const warmUpSeconds = 1

const names = {plain: 'without a key', keyed: 'with a key'} as const
type Name = (typeof names)[keyof typeof names]

export async function keyed(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const {board} = await httpCase(processes, await postgres.createDatabase())
  const load = processes.load()
  const cases = [
    {name: names.plain, hasKey: false},
    {name: names.keyed, hasKey: true},
  ]
  for (const {hasKey} of cases) await measure(load, board, hasKey, warmUpSeconds)
  const samples: {name: Name; rate: number}[] = []
  for (let round = 0; round < rounds; round++) {
    const inTurn = round % 2 === 0 ? cases : cases.toReversed()
    for (const {name, hasKey} of inTurn) {
      samples.push({name, rate: await measure(load, board, hasKey, seconds)})
    }
  }
  const ratio = medianOf(samples, names.keyed, 'rate') / medianOf(samples, names.plain, 'rate')
  return {
    title: 'Comments per second over HTTP, with and without an Idempotency-Key',
    columns: ['request', 'changes/s'],
    lines: Object.values(names).map(name => [name, medianOf(samples, name, 'rate')]),
    notes: [
      `Postgres has fsync on, ${clients} clients and ${clients} connections. Each client has its own organization.`,
    ],
    bars: [atLeast('changes/s with a key', 0.85, '× without', ratio)],
  }
}

async function measure(load: Load, {port, tasks}: Board, hasKey: boolean, seconds: number): Promise<number> {
  const {changes, milliseconds} = await load.call('runComments', {
    port,
    tasks,
    hasKey,
    milliseconds: seconds * 1000,
  })
  return (changes / milliseconds) * 1000
}
