/** Measures a resume from the first event of a long log, its memory, and the pruning of many events. */
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {Acts, besideTasks, leadMs} from '../acts.ts'
import type {Replayed} from '../load/replay.ts'
import type {Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {LargeCommands} from '../servers/large.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Result} from '../table.ts'

const events = 1_000_000
const expiredEvents = 100_000
const replayMs = 60_000
const pruningMs = 15_000
const slowReaderPauseMs = 100
const wholeReplayMs = 600_000 // on an idle machine, the resume takes less than a minute
const memoryIntervalMs = 1_000
const fewestSamples = 8
const allowedGrowthMb = 10

export async function largeLog(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const server = await processes.server('large', {databaseUrl: await postgres.createDatabase()})
  const {child, port} = server
  const [fastReader, slowReader, pacer] = [processes.load(), processes.load(), processes.load()]
  const other = await child.call('makeBoard', {organization: 'other', tasks: besideTasks})
  const beside = await child.call('makeBoard', {organization, tasks: besideTasks})
  const log = await child.call('makeLog', organization, events, expiredEvents)
  const acts = new Acts(server, pacer, other)

  const token = await mintToken(
    {secret: await child.call('secret')},
    {subject: 'worker', organization, lifetime: 3600},
  )
  const request = formatRequest('GET', '/events/tasks', token, {'Last-Event-ID': 'earliest'})
  const replay = {port, request, ...log, milliseconds: replayMs - 2 * leadMs}
  let replays: Replayed[] = []
  await acts.measure({
    name: `resume from the first of ${events} events`,
    beside,
    milliseconds: replayMs,
    async run() {
      replays = await Promise.all([
        fastReader.call('readReplay', {...replay, pauseMs: 0}),
        slowReader.call('readReplay', {...replay, pauseMs: slowReaderPauseMs}),
      ])
    },
  })
  const [fast, slow] = replays as [Replayed, Replayed]
  // The garbage collections of this measurement hold up the event loop, so it does not run during the others.
  const [whole, memory] = await sampleMemory(server, () =>
    fastReader.call('readReplay', {...replay, pauseMs: 0, milliseconds: wholeReplayMs}),
  )
  const growthMb = growthOf(memory)
  await acts.measure({
    name: `prune ${expiredEvents} events`,
    beside,
    milliseconds: pruningMs,
    async run() {
      const pruned = await child.call('prune')
      if (pruned.events < expiredEvents) throw new Error(`Only ${pruned.events} events were pruned`)
    },
  })
  const perSecond = Math.round((1000 * fast.events) / fast.milliseconds).toLocaleString('en-US')
  const result = acts.resultOf('A log of 1,000,000 events', 'large log', [
    `One reader reads as fast as possible: the first event after ${Math.round(fast.firstMs)} ms, then ${perSecond} events/s. It receives ${fast.events.toLocaleString('en-US')} events. The other reader pauses ${slowReaderPauseMs} ms after each read, and receives ${slow.events.toLocaleString('en-US')} events in ${(replayMs - 2 * leadMs) / 1000} s.`,
    `Memory: one reader receives ${whole.events.toLocaleString('en-US')} events in ${Math.round(whole.milliseconds / 1000)} s. The resident memory after a garbage collection, at ${memory.length} points of this resume: ${memory.map(bytes => Math.round(bytes / 1e6)).join(', ')} MB.`,
  ])
  const bar = atMost(
    'growth of the RSS in the second half of a resume from the first of 1,000,000 events',
    allowedGrowthMb,
    'MB',
    growthMb,
  )
  const isWhole = whole.events === events && memory.length >= fewestSamples
  const notJudged = `the reader received ${whole.events} events, and there are ${memory.length} samples`
  return {...result, bars: [...result.bars!, isWhole ? bar : {...bar, notJudged}]}
}

/** Runs the work. Resolves with its result, and with the resident memory of the server in bytes at several points. */
async function sampleMemory<T>(
  {child}: Server<LargeCommands>,
  run: () => Promise<T>,
): Promise<[result: T, memory: number[]]> {
  const memory: number[] = []
  let isDone = false
  const done = run().finally(() => {
    isDone = true
  })
  while (!isDone) {
    await delay(memoryIntervalMs)
    const {rss} = await child.call('memory')
    if (!isDone) memory.push(rss) // a sample after the end is not a sample of the work
  }
  return [await done, memory]
}

/** Returns how many megabytes the highest sample of the second half is above the highest sample of the first half. */
function growthOf(memory: readonly number[]): number {
  const half = Math.floor(memory.length / 2)
  return (Math.max(...memory.slice(half)) - Math.max(...memory.slice(0, half))) / 1e6
}
