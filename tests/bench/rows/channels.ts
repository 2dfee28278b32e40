/** What an event costs when one channel wants it and many others do not. */
import type {Processes} from '../processes.ts'
import {median} from '../statistics.ts'
import {atMost, type Result} from '../table.ts'

const roomCounts = [10, 10_000]
const rounds = 9
const warmUp = 2_000 // events
const measured = 3_000 // events

/** One line of the table. */
interface Sample {
  /** Rooms, each with one channel and one stream. */
  count: number
  /** Microseconds of the server's CPU time per event. */
  cpu: number
  /** Bytes of heap per room, its stream included. */
  heap: number
}

export async function channels(processes: Processes): Promise<Result> {
  const rooms = []
  for (const count of roomCounts) rooms.push(await openRooms(processes, count))
  // In turn, so that whatever else the machine does affects all of them.
  for (let round = 0; round < rounds; round++) {
    for (const {child, cpu} of rooms) cpu.push(await child.call('publish', measured))
  }
  const samples = rooms.map(({count, heap, cpu}) => ({count, heap, cpu: median(cpu) / measured}))
  const [few, many] = samples as [Sample, Sample]
  return {
    title: 'An event that one channel wants, beside the channels of other tasks',
    columns: ['channels', 'CPU µs per event', '× the first line', 'heap KB per channel and stream'],
    lines: samples.map(({count, cpu, heap}) => [count, cpu, cpu / few.cpu, heap / 1000]),
    notes: ['Each channel is one task of one organization and has one stream. One event per turn.'],
    bars: [atMost('CPU of an event that 1 of 10,000 channels wants', 1.3, '× 1 of 10', many.cpu / few.cpu)],
  }
}

/** A server with one stream per room. */
async function openRooms(processes: Processes, count: number) {
  const {child, port, readyMark} = await processes.server('task-rooms')
  const before = await child.call('memory')
  const requests = await child.call('requestsForRooms', count)
  await processes.load().call('open', {port, count, requests, readyMark, maxPending: 100})
  const after = await child.call('memory')
  await child.call('publish', warmUp)
  return {count, child, heap: (after.heap - before.heap) / count, cpu: [] as number[]}
}
