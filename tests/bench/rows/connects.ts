/** Measures the time until 10,000 new streams are ready, first with distinct tokens, then with one token. */
import type {Pair, Processes} from '../processes.ts'
import {requestsOf} from '../requests.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'
import {closeAll, measureOpening, type Opening} from './opening.ts'

const readers = 10_000
const rounds = 3
// How many readers may connect at the same time. More readers could overflow a queue of the kernel.
const maxPending = 500
const warmUpReaders = 2000

type Name = 'boardcast, distinct tokens' | 'boardcast, one token' | 'plain-response'

interface Case {
  name: Name
  pair: Pair
  /** The requests of the readers in this round. */
  requests(round: number): Promise<string[]>
}

type Sample = Opening & {name: Name}

export async function connects(processes: Processes): Promise<Result> {
  const cases = await openCases(processes)
  for (const one of cases) await measure(one, 0, warmUpReaders)
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const one of cases) samples.push(await measure(one, round, readers))
  }
  const ratio = (name: Name, figure: keyof Opening) =>
    medianOf(samples, name, figure) / medianOf(samples, 'plain-response', figure)
  return {
    title: `${readers.toLocaleString('en-US')} connects until all are ready`,
    columns: ['server', 'seconds', '÷ plain-response', 'server CPU s', '÷ plain-response', 'load CPU s'],
    lines: cases.map(({name}) => [
      name,
      medianOf(samples, name, 'time'),
      ratio(name, 'time'),
      medianOf(samples, name, 'serverCpu'),
      ratio(name, 'serverCpu'),
      medianOf(samples, name, 'loadCpu'),
    ]),
    notes: [
      `At most ${maxPending} readers connect at the same time. With distinct tokens, each reader is a different member. The server has authenticated each member before, but with another token.`,
      'When the CPU time of the load generator is nearly as long as the measured time, the load generator limits the speed of plain-response. In this case, compare the CPU times.',
    ],
    bars: [
      atMost(
        '10,000 connects, distinct tokens',
        4,
        '× plain res',
        ratio('boardcast, distinct tokens', 'time'),
      ),
      atMost('10,000 connects, one token', 2, '× plain res', ratio('boardcast, one token', 'time')),
    ],
  }
}

async function openCases(processes: Processes): Promise<Case[]> {
  const boardcast = await processes.pair('boardcast')
  const {child} = boardcast.server
  await child.call('knowReaders', readers)
  const secret = await child.call('secret')
  const requests = (distinct: boolean) => (round: number) =>
    requestsOf({secret, count: readers, distinct, round})
  const plain = await processes.pair('plain-response')
  return [
    {name: 'boardcast, distinct tokens', pair: boardcast, requests: requests(true)},
    {name: 'boardcast, one token', pair: boardcast, requests: requests(false)},
    {name: 'plain-response', pair: plain, requests: async () => [plain.server.request]},
  ]
}

async function measure({name, pair, requests}: Case, round: number, count: number): Promise<Sample> {
  const {readyMark} = pair.server
  const request = {count, requests: await requests(round), readyMark, maxPending}
  const opening = await measureOpening(pair, request)
  await closeAll(pair)
  return {name, ...opening}
}
