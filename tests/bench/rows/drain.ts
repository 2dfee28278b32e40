/** Measures how a process with 10,000 streams stops: how long the event loop is blocked, and when the process exits. */
import {randomBytes} from 'node:crypto'
import type {Processes} from '../processes.ts'
import {requestsOf} from '../requests.ts'
import {type Hold, heldFor} from '../servers/holds.ts'
import {median} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const streams = 10_000
const rounds = 3
const drainSeconds = 5

interface Sample extends Hold {
  /** Seconds from SIGTERM until the process has exited. */
  exit: number
}

export async function drain(processes: Processes): Promise<Result> {
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    samples.push(await measure(processes))
    await processes.stop()
  }
  const hold = {time: median(samples.map(({time}) => time)), cpu: median(samples.map(({cpu}) => cpu))}
  const exit = median(samples.map(sample => sample.exit))
  return {
    title: `Stopping a process with ${streams.toLocaleString('en-US')} streams, DRAIN_SECONDS=${drainSeconds}`,
    columns: ['longest hold ms', 'its CPU ms', 'exit after s'],
    lines: [[hold.time, hold.cpu, exit]],
    notes: [
      'A hold is a time in which the event loop is blocked. Other processes of the machine, such as the load generator, make a hold longer. The CPU time is that of the main thread. The limit applies to the CPU time; on systems other than Linux, it applies to the time of the hold.',
    ],
    bars: [
      atMost('longest hold of the event loop during the drain', 20, 'ms', heldFor(hold)),
      atMost('exit of the process after SIGTERM', drainSeconds + 5, 's', exit),
    ],
  }
}

async function measure(processes: Processes): Promise<Sample> {
  const postgres = await processes.requirePostgres()
  const secret = randomBytes(32).toString('hex')
  const settings = {
    DATABASE_URL: await postgres.createDatabase(),
    AUTH_JWT_SECRET: secret,
    MAX_STREAMS_PER_USER: String(streams),
    DRAIN_SECONDS: String(drainSeconds),
  }
  const program = await processes.program(settings, 'stop-holds')
  const requests = await requestsOf({secret, count: streams, distinct: false, round: 0})
  const load = processes.load()
  const {port} = program
  await load.call('open', {port, count: streams, requests, readyMark: 'stream.ready', maxPending: 100})
  await load.call('allowEnds')
  const startedAt = performance.now()
  const printed = await program.stop('SIGTERM')
  const exit = (performance.now() - startedAt) / 1000
  const hold: Hold = JSON.parse(printed.at(-1)!)
  return {...hold, exit}
}
