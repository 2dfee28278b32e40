/** Where the time goes: of the broadcast, of the joining storm and of changes. */
import type {Child} from '../child.ts'
import type {Processes} from '../processes.ts'
import type {ServerCommands} from '../servers/run-server.ts'
import type {Result} from '../table.ts'
import {httpCase} from './changes.ts'
import {boardcastStorm} from './joining-storm.ts'

const readers = 1000
const warmUp = 1 // seconds
const profiled = 3 // seconds

export async function profile(processes: Processes): Promise<Result> {
  const {server, load} = await processes.pair('boardcast', {pinned: true})
  const {port, request, readyMark, trigger, child} = server
  await load.call('open', {port, count: readers, requests: [request], readyMark, atOnce: 100})
  const deliver = (seconds: number) =>
    load.call('runBursts', {trigger, events: 1, milliseconds: seconds * 1000})
  await deliver(warmUp)
  return profileOf(`the broadcast to ${readers} streams, one event a turn`, 10, child, () =>
    deliver(profiled),
  )
}

export async function profileStorm(processes: Processes): Promise<Result> {
  const {child, run} = await boardcastStorm(processes)
  await run(1)
  return profileOf('the joining storm', 25, child, () => run(2))
}

export async function profileChanges(processes: Processes): Promise<Result> {
  const postgres = await processes.postgres()
  if (!postgres) throw new Error('There is no Postgres here')
  const {server, run} = await httpCase(processes, await postgres.createDatabase())
  await run(warmUp)
  return profileOf('changes over HTTP on Postgres', 25, server.child, () => run(profiled))
}

async function profileOf(
  what: string,
  shown: number,
  child: Child<ServerCommands>,
  work: () => Promise<unknown>,
): Promise<Result> {
  await child.call('startProfile')
  await work()
  const rows = await child.call('stopProfile')
  return {
    title: `CPU profile of ${what}: self time`,
    columns: ['function', '%'],
    lines: rows.slice(0, shown).map(({place, share}) => [place, share * 100]),
    notes: [
      'A system call is in the function of Node that makes it; what Node asks by itself (to accept, to read) is in none.',
    ],
  }
}
