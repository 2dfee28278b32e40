/** Measures the cost of an open stream that receives only heartbeats. */
import {setTimeout as delay} from 'node:timers/promises'
import {fileLimit} from '../machine.ts'
import type {Processes, Server} from '../processes.ts'
import type {Memory} from '../servers/run-server.ts'
import {medianOf} from '../statistics.ts'
import {atLeast, atMost, type Result} from '../table.ts'

const streams = 10_000
const rounds = 3
const heartbeatSeconds = 2
const holdMs = 2200 // long enough for every stream to receive a heartbeat

const names = ['boardcast', 'plain-response', 'koa', 'better-sse', 'ws', 'nchan'] as const
type Name = (typeof names)[number]

/** Memory in bytes per stream. */
interface Sample extends Memory {
  name: Name
}

export async function idle(processes: Processes): Promise<Result> {
  const installed = processes.installed(names)
  const samples: Sample[] = []
  for (let round = 0; round < rounds; round++) {
    // All servers run at the same time. The servers can slow each other down, but the memory of a server does not
    // depend on the speed of the server.
    samples.push(...(await Promise.all(installed.map(name => measure(processes, name)))))
    await processes.stop()
  }
  const of = (name: Name, figure: keyof Memory) => medianOf(samples, name, figure) / 1000
  return {
    title: `Memory of an idle stream, with ${streams.toLocaleString('en-US')} streams`,
    columns: ['server', 'RSS KB', 'boardcast ÷ this', 'heap KB'],
    lines: installed.map(name => [
      name,
      of(name, 'rss'),
      of('boardcast', 'rss') / of(name, 'rss'),
      of(name, 'heap'),
    ]),
    notes: [
      `The figures are the growth of the server's memory from before the first stream until all streams are open, divided by the number of streams. The memory is measured after garbage collection. Streams receive a heartbeat every ${heartbeatSeconds} s. 1 KB is 1,000 bytes.`,
    ],
    bars: [atMost('RSS per idle stream at 10,000', 12, 'KB', of('boardcast', 'rss'))],
  }
}

async function measure(processes: Processes, name: Name): Promise<Sample> {
  const server = await processes.server(name, {heartbeatSeconds})
  const before = await server.child.call('memory')
  await open(processes, server, streams)
  await delay(holdMs)
  return {name, ...growth(before, await server.child.call('memory'), streams)}
}

const wanted = 50_000
const seconds = 60

/**
 * Opens 50,000 streams, and leaves the streams open for a minute. When the limit of open files is too low, opens
 * fewer streams.
 */
export async function idle50k(processes: Processes): Promise<Result> {
  const count = Math.min(wanted, fileLimit - 500)
  const server = await processes.server('boardcast', {heartbeatSeconds: 15})
  const before = await server.child.call('memory')
  const startedAt = performance.now()
  await open(processes, server, count)
  const opened = performance.now() - startedAt
  const cpuBefore = await server.child.call('cpu')
  await delay(seconds * 1000)
  const cpu = (await server.child.call('cpu')) - cpuBefore
  const {rss, heap} = growth(before, await server.child.call('memory'), count)
  const notes = ['The measurement fails when a stream is lost.']
  if (count < wanted) notes.push(`The limit of open files on this machine is ${fileLimit} per process.`)
  return {
    title: `Idle streams of one process that are open for ${seconds} s, with heartbeats`,
    columns: ['server', 'streams', 'opened in s', 'RSS KB', 'heap KB', 'CPU % of a core'],
    lines: [['boardcast', count, opened / 1000, rss / 1000, heap / 1000, cpu / seconds / 10_000]],
    notes,
    bars: [
      atLeast(`idle streams that are open for ${seconds} s`, wanted, '', count),
      atMost(`RSS per idle stream at ${count}`, 12, 'KB', rss / 1000),
    ],
  }
}

const readersPerLoad = 10_000

export async function open(
  processes: Processes,
  server: Pick<Server, 'port' | 'request' | 'readyMark'>,
  count: number,
): Promise<void> {
  const {port, request, readyMark} = server
  const loads: Promise<number>[] = []
  for (let left = count; left > 0; left -= readersPerLoad) {
    const part = {
      port,
      count: Math.min(left, readersPerLoad),
      requests: [request],
      readyMark,
      maxPending: 100,
    }
    loads.push(processes.load().call('open', part))
  }
  await Promise.all(loads)
}

export function growth(before: Memory, after: Memory, streams: number): Memory {
  return {rss: (after.rss - before.rss) / streams, heap: (after.heap - before.heap) / streams}
}
