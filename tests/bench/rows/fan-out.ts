/** Sends events to 1,000 streams. Measures the server's CPU time per delivery and its deliveries per second. */
import type {Pair, Processes} from '../processes.ts'
import {median} from '../statistics.ts'
import {atLeast, atMost, type Result} from '../table.ts'

const readers = 1000
const rounds = 3
const firstWarmUpMs = 700 // enough time for V8 to compile the code
const warmUpMs = 150 // a short warm-up precedes each measurement
const measuredMs = 700

/** Boardcast with clients that use HTTP/1.0, for which the bodies of the streams have no chunks. */
const withoutChunks = 'boardcast, HTTP/1.0'

const names = [
  'boardcast',
  'raw-socket',
  'plain-response',
  'chunked-response',
  'ws',
  'nchan',
  'better-sse',
] as const
type Name = (typeof names)[number] | typeof withoutChunks

/** The number of events that are published in one turn of the event loop. */
const bursts = [1, 10] as const
type Burst = (typeof bursts)[number]

interface Sample {
  name: Name
  burst: Burst
  /** Microseconds of the server's CPU time per delivery. */
  cpu: number
  /** Deliveries per second. */
  rate: number
  /** The share of a core that the server used. */
  serverShare: number
  loadShare: number
}

export async function fanOut(processes: Processes): Promise<Result> {
  const pairs = new Map<Name, Pair>()
  for (const name of processes.installed(names)) {
    pairs.set(name, await openPair(processes, name))
    if (name === 'boardcast') pairs.set(withoutChunks, await openPair(processes, name, '1.0'))
  }
  for (const pair of pairs.values()) for (const burst of bursts) await deliver(pair, burst, firstWarmUpMs)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [name, pair] of pairs) {
      for (const burst of bursts) samples.push({name, burst, ...(await measure(pair, burst))})
    }
  }
  return toResult([...pairs.keys()], samples)
}

async function openPair(
  processes: Processes,
  name: (typeof names)[number],
  httpVersion = '1.1',
): Promise<Pair> {
  const {server, load} = await processes.pair(name, {pinned: true})
  const {port, request, readyMark} = server
  await load.call('open', {
    port,
    count: readers,
    requests: [request.replace('HTTP/1.1', `HTTP/${httpVersion}`)],
    readyMark,
    maxPending: 100,
  })
  return {server, load}
}

function deliver({server: {trigger}, load}: Pair, events: Burst, milliseconds: number) {
  return load.call('runBursts', {trigger, events, milliseconds})
}

async function measure(pair: Pair, burst: Burst): Promise<Omit<Sample, 'name' | 'burst'>> {
  const {server, load} = pair
  await deliver(pair, burst, warmUpMs)
  const [serverBefore, loadBefore] = [await server.child.call('cpu'), await load.call('cpu')]
  const {deliveries, milliseconds} = await deliver(pair, burst, measuredMs)
  const serverCpu = (await server.child.call('cpu')) - serverBefore
  const loadCpu = (await load.call('cpu')) - loadBefore
  return {
    cpu: serverCpu / deliveries,
    rate: (deliveries / milliseconds) * 1000,
    serverShare: serverCpu / 1000 / milliseconds,
    loadShare: loadCpu / 1000 / milliseconds,
  }
}

function toResult(names: readonly Name[], samples: readonly Sample[]): Result {
  type Figure = Exclude<keyof Sample, 'name' | 'burst'>
  const of = (name: Name, burst: Burst, figure: Figure) =>
    median(samples.filter(s => s.name === name && s.burst === burst).map(s => s[figure]))
  const ratio = (other: Name, burst: Burst, figure: Figure) =>
    of('boardcast', burst, figure) / of(other, burst, figure)
  return {
    title: `Fan-out: 280-byte events to ${readers} streams`,
    columns: [
      'server',
      'one per turn: CPU µs per delivery',
      '× floor',
      'boardcast ÷ this',
      'deliveries/s',
      'CPU server / load',
      'ten per turn: CPU µs per delivery',
      'deliveries/s',
      'boardcast ÷ this',
      'CPU server / load',
    ],
    lines: names.map(name => [
      name,
      of(name, 1, 'cpu'),
      of(name, 1, 'cpu') / of('raw-socket', 1, 'cpu'),
      ratio(name, 1, 'cpu'),
      of(name, 1, 'rate'),
      shares(name, 1),
      of(name, 10, 'cpu'),
      of(name, 10, 'rate'),
      ratio(name, 10, 'rate'),
      shares(name, 10),
    ]),
    notes: [
      'CPU is the user and system time of the server process. A delivery is one event read by one reader.',
      'At most four bursts are unfinished at the same time. The readers read once a millisecond, so that the server does not have to wake them at each write. The server and the load use different cores. When the server uses its whole core, the load does not limit the result.',
    ],
    bars: [
      atMost('CPU per delivery', 1.3, "× Node's raw socket", ratio('raw-socket', 1, 'cpu')),
      atMost('CPU per delivery', 1.05, '× without chunks', ratio(withoutChunks, 1, 'cpu')),
      atMost('CPU per delivery', 1, '× ws', ratio('ws', 1, 'cpu')),
      atMost('CPU per delivery', 1, '× Nchan', ratio('nchan', 1, 'cpu')),
      atMost('CPU per delivery', 0.55, '× better-sse Channel.broadcast', ratio('better-sse', 1, 'cpu')),
      atLeast('deliveries/s in bursts of 10', 5, '× Nchan', ratio('nchan', 10, 'rate')),
      atLeast('deliveries/s in bursts of 10', 6, '× ws', ratio('ws', 10, 'rate')),
    ],
  }

  function shares(name: Name, burst: Burst): string {
    const percent = (share: number) => `${Math.round(share * 100)} %`
    return `${percent(of(name, burst, 'serverShare'))} / ${percent(of(name, burst, 'loadShare'))}`
  }
}
