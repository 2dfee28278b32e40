/** Where the time of the broadcast goes. */
import type {Processes} from '../processes.ts'
import type {Result} from '../table.ts'

const readers = 1000
const warmUp = 1000 // milliseconds
const profiled = 3000 // milliseconds
const shown = 10

export async function profile(processes: Processes): Promise<Result> {
  const {server, load} = await processes.pair('boardcast', {pinned: true})
  const {port, request, readyMark, trigger, child} = server
  await load.call('open', {port, count: readers, requests: [request], readyMark, atOnce: 100})
  const deliver = (milliseconds: number) => load.call('runBursts', {trigger, events: 1, milliseconds})
  await deliver(warmUp)
  await child.call('startProfile')
  await deliver(profiled)
  const rows = await child.call('stopProfile')
  return {
    title: `CPU profile of the broadcast to ${readers} streams, one event a turn: self time`,
    columns: ['function', '%'],
    lines: rows.slice(0, shown).map(({place, share}) => [place, share * 100]),
    notes: ['A system call is in the function of Node that makes it.'],
  }
}
