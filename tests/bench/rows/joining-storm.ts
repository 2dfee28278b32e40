/** Measures a joining storm: 10,000 readers reconnect at the same time, and each reader has missed 100 events. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Child} from '../child.ts'
import type {Load, Pair, Processes, Server} from '../processes.ts'
import {requestsOf} from '../requests.ts'
import type {BoardcastCommands} from '../servers/boardcast.ts'
import type {Address, ServerCommands} from '../servers/run-server.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'
import {closeAll, measureOpening, type Opening} from './opening.ts'

const count = 10_000 // readers
const missed = 100 // events
const rounds = 3
const warmUpReaders = 2000
// How many readers may connect at the same time. More readers would overflow a queue of the kernel.
const maxPending = 2000
const tickIntervalMs = 10
const settleMs = 200 // enough time to read the live events that were delayed while the tokens were created

/** The cost of one storm. */
interface Sample extends Opening {
  name: 'boardcast' | 'plain-response' | 'nchan'
  /** The number of statements that the server sent to the database; NaN when the server has no database. */
  statements: number
  /** The longest delay of a live event in milliseconds; NaN when the delay was not measured. */
  holdUp: number
}

export interface Storm {
  /** The server under load. */
  child: Child<ServerCommands>
  /** Runs one storm. Each round uses new tokens. */
  run(round: number): Promise<Sample>
}

export async function joiningStorm(processes: Processes): Promise<Result> {
  const storms = [await boardcastStorm(processes), await plainStorm(processes)]
  if (processes.installed(['nchan']).length > 0) storms.push(await nchanStorm(processes))
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const storm of storms) samples.push(await storm.run(round))
  }
  const of = (name: Sample['name'], figure: Exclude<keyof Sample, 'name'>) => medianOf(samples, name, figure)
  return {
    title: `Joining storm: ${count.toLocaleString('en-US')} readers reconnect at the same time, and each has missed ${missed} events`,
    columns: ['server', 'seconds', '÷ nchan', 'server CPU s', 'load CPU s', 'statements', 'hold-up ms'],
    lines: [...new Set(samples.map(({name}) => name))].map(name => [
      name,
      of(name, 'time'),
      of(name, 'time') / of('nchan', 'time'),
      of(name, 'serverCpu'),
      of(name, 'loadCpu'),
      of(name, 'statements'),
      of(name, 'holdUp'),
    ]),
    notes: [
      `At most ${maxPending} readers connect at the same time. Each reader of Boardcast is a different member. The server has authenticated each member before, but with another token.`,
      'plain-response ignores the request and writes a prepared string. It shows the cost of the same connections and bytes in Node.',
      `The hold-up is the longest delay of a live event. A reader in its own process measures this delay. Its stream belongs to another organization and receives an event every ${tickIntervalMs} ms.`,
    ],
    bars: [
      atMost('joining storm', 1 / 3, "× Nchan's time", of('boardcast', 'time') / of('nchan', 'time')),
      atMost('statements in a joining storm', 19, '', of('boardcast', 'statements')),
      atMost('hold-up of a live event in a joining storm', 50, 'ms', of('boardcast', 'holdUp')),
    ],
  }
}

export async function boardcastStorm(processes: Processes): Promise<Storm> {
  const pair = await processes.pair('boardcast')
  const {server} = pair
  const {child} = server
  await child.call('knowReaders', count)
  const secret = await child.call('secret')
  const requests = (round: number, lastEventId?: string) =>
    requestsOf({secret, count, distinct: true, round, ...(lastEventId && {lastEventId})})
  // A first round prepares the server. After this round, the end of the log is in memory and the code is compiled, as
  // in a real storm.
  const {readyMark} = server
  await measureOpening(pair, {count: warmUpReaders, requests: await requests(0), readyMark, maxPending})
  await closeAll(pair)
  const lastEventId = await child.call('appendMissed', missed)
  const listener = await listenToTicks(processes, server)
  const run: Storm['run'] = async round => {
    const sent = await requests(round, lastEventId)
    await delay(settleMs)
    const statementsBefore = await child.call('statements')
    await listener.call('watchTicks')
    const readyMark = `"replayed":${missed}`
    const opening = await measureOpening(pair, {count, requests: sent, readyMark, maxPending})
    const statements = (await child.call('statements')) - statementsBefore
    const holdUp = await listener.call('longestDelay')
    await closeAll(pair)
    return {name: 'boardcast', ...opening, statements, holdUp}
  }
  return {child, run}
}

async function plainStorm(processes: Processes): Promise<Storm> {
  const pair = await processes.pair('plain-response')
  const {child, request, readyMark} = pair.server
  await child.call('beginWith', missed)
  return alike('plain-response', pair, {request, readyMark})
}

async function nchanStorm(processes: Processes): Promise<Storm> {
  const pair = await processes.pair('nchan')
  return alike('nchan', pair, await pair.server.child.call('publishMissed', missed))
}

/** Prepares a storm of readers that all send the same request. */
function alike(
  name: Sample['name'],
  pair: Pair,
  {request, readyMark}: Pick<Address, 'request' | 'readyMark'>,
): Storm {
  const run = async () => {
    const opening = await measureOpening(pair, {count, requests: [request], readyMark, maxPending})
    await closeAll(pair)
    return {name, ...opening, statements: Number.NaN, holdUp: Number.NaN}
  }
  return {child: pair.server.child, run}
}

async function listenToTicks(processes: Processes, server: Server<BoardcastCommands>): Promise<Load> {
  const {child, port, readyMark} = server
  const request = await child.call('tickerRequest')
  const listener = processes.load()
  await listener.call('open', {port, count: 1, requests: [request], readyMark, maxPending: 1})
  await child.call('startTicker', tickIntervalMs)
  return listener
}
