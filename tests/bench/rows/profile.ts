/** Records CPU profiles of a broadcast, of many readers that reconnect at the same time, and of changes. */
import type {Child} from '../child.ts'
import type {Processes} from '../processes.ts'
import type {ServerCommands} from '../servers/run-server.ts'
import type {Result} from '../table.ts'
import {httpCase} from './changes.ts'
import {boardcastStorm} from './joining-storm.ts'

const readers = 1000
const warmUpSeconds = 1
const profiledSeconds = 3

export async function profile(processes: Processes): Promise<Result> {
  const {server, load} = await processes.pair('boardcast', {pinned: true})
  const {port, request, readyMark, trigger, child} = server
  await load.call('open', {port, count: readers, requests: [request], readyMark, maxPending: 100})
  const deliver = (seconds: number) =>
    load.call('runBursts', {trigger, events: 1, milliseconds: seconds * 1000})
  await deliver(warmUpSeconds)
  return profileOf(`the broadcast to ${readers} streams, one event per turn`, 10, child, () =>
    deliver(profiledSeconds),
  )
}

export async function profileStorm(processes: Processes): Promise<Result> {
  const {child, run} = await boardcastStorm(processes)
  await run(1)
  return profileOf('the joining storm', 25, child, () => run(2))
}

export async function profileChanges(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const {server, run} = await httpCase(processes, await postgres.createDatabase())
  await run(warmUpSeconds)
  return profileOf('changes over HTTP on Postgres', 25, server.child, () => run(profiledSeconds))
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
      'The time of a system call is part of the Node function that makes the call. System calls of the event loop (accept, read) belong to no function.',
    ],
  }
}
