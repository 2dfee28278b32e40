/** Measures a resume from the first event of a long log, and the pruning of many events. */
import {mintToken} from '../../../src/identity/mint-token.ts'
import {Acts, besideTasks, leadMs} from '../acts.ts'
import type {Replayed} from '../load/replay.ts'
import type {Processes} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import {organization} from '../servers/organization.ts'
import type {Result} from '../table.ts'

const events = 1_000_000
const expiredEvents = 100_000
const replayMs = 60_000
const pruningMs = 15_000
const slowReaderPauseMs = 100

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
  return acts.resultOf('A log of 1,000,000 events', 'large log', [
    `One reader reads as fast as possible: the first event after ${Math.round(fast.firstMs)} ms, then ${perSecond} events/s. It receives ${fast.events.toLocaleString('en-US')} events. The other reader pauses ${slowReaderPauseMs} ms after each read, and receives ${slow.events.toLocaleString('en-US')} events in ${(replayMs - 2 * leadMs) / 1000} s.`,
  ])
}
