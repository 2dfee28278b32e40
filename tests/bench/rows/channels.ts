/** Measures the cost of an event that only one of many channels selects. */
import type {Processes} from '../processes.ts'
import {median} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const roomCounts = [10, 10_000]
const rounds = 9
const warmUp = 2_000 // events
const measured = 3_000 // events

/** One line of the table. */
interface Sample {
  /** The number of channels. Each channel selects a different task and has one stream. */
  count: number
  /** Microseconds of the server's CPU time per event. */
  cpu: number
  /** Bytes of heap per channel, including its stream. */
  heap: number
}

export async function channels(processes: Processes): Promise<Result> {
  const rooms = []
  for (const count of roomCounts) rooms.push(await openRooms(processes, count))
  // Each round measures every server once, so that other work of the machine affects all servers equally.
  for (let round = 0; round < rounds; round++) {
    for (const {child, cpu} of rooms) cpu.push(await child.call('publish', measured))
  }
  const samples = rooms.map(({count, heap, cpu}) => ({count, heap, cpu: median(cpu) / measured}))
  const [few, many] = samples as [Sample, Sample]
  return {
    title: 'The cost of an event that only one channel selects',
    columns: ['channels', 'CPU µs per event', '× the first line', 'heap KB per channel and stream'],
    lines: samples.map(({count, cpu, heap}) => [count, cpu, cpu / few.cpu, heap / 1000]),
    notes: [
      'All channels belong to one organization. Each channel selects a different task and has one stream. One event is published per turn of the event loop.',
    ],
    bars: [
      atMost(
        'CPU of an event that 1 of 10,000 channels selects',
        1.3,
        '× 1 of 10 channels',
        many.cpu / few.cpu,
      ),
    ],
  }
}

/** Starts a server and opens one stream for each task. */
async function openRooms(processes: Processes, count: number) {
  const {child, port, readyMark} = await processes.server('task-rooms')
  const before = await child.call('memory')
  const requests = await child.call('requestsForRooms', count)
  await processes.load().call('open', {port, count, requests, readyMark, maxPending: 100})
  const after = await child.call('memory')
  await child.call('publish', warmUp)
  return {count, child, heap: (after.heap - before.heap) / count, cpu: [] as number[]}
}
