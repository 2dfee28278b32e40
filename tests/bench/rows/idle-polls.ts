/** Compares the memory of a waiting poll with the memory of an idle stream. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Processes} from '../processes.ts'
import type {Memory} from '../servers/run-server.ts'
import {medianOf} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'
import {growth, open} from './idle.ts'

const subscribers = 10_000
const rounds = 3
const waitSeconds = 55 // all polls must still wait when the memory is measured
const heartbeatSeconds = 2
const holdMs = 2200 // long enough for every stream to receive a heartbeat

const kinds = ['poll', 'stream'] as const
type Kind = (typeof kinds)[number]

/** Memory in bytes per poll or stream. */
interface Sample extends Memory {
  name: Kind
}

export async function idlePolls(processes: Processes): Promise<Result> {
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    // The two servers run at the same time, because the memory of a server does not depend on its speed.
    samples.push(...(await Promise.all(kinds.map(kind => measure(processes, kind)))))
    await processes.stop()
  }
  const of = (kind: Kind, figure: keyof Memory) => medianOf(samples, kind, figure) / 1000
  return {
    title: `Memory of a waiting poll and of an idle stream, with ${subscribers.toLocaleString('en-US')} of each`,
    columns: ['subscriber', 'RSS KB', '÷ stream', 'heap KB'],
    lines: kinds.map(kind => [
      kind,
      of(kind, 'rss'),
      of(kind, 'rss') / of('stream', 'rss'),
      of(kind, 'heap'),
    ]),
    notes: [
      `The figures are the growth of the server's memory from before the first request until all subscribers wait, divided by the number of subscribers. The memory is measured after garbage collection. All polls have wait=${waitSeconds}, and no poll is answered before the measurement. 1 KB is 1,000 bytes.`,
    ],
    bars: [atMost('RSS per waiting poll at 10,000', 12, 'KB', of('poll', 'rss'))],
  }
}

async function measure(processes: Processes, kind: Kind): Promise<Sample> {
  const server = await processes.server('boardcast', {heartbeatSeconds})
  const before = await server.child.call('memory')
  if (kind === 'stream') await open(processes, server, subscribers)
  else await open(processes, {port: server.port, request: pollOf(server.request), readyMark: ''}, subscribers)
  while ((await server.child.call('streams')) < subscribers) await delay(50)
  await delay(holdMs)
  const after = await server.child.call('memory')
  const count = await server.child.call('streams')
  if (count !== subscribers) throw new Error(`Only ${count} subscribers were open during the measurement`)
  return {name: kind, ...growth(before, after, subscribers)}
}

function pollOf(request: string): string {
  return request
    .replace('Accept: text/event-stream', 'Accept: application/json')
    .replace('/events/tasks ', `/events/tasks?wait=${waitSeconds} `)
}
