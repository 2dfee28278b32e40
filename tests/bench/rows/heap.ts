/** Counts the heap objects of an idle stream by kind. */
import type {Processes} from '../processes.ts'
import type {HeapKind} from '../servers/heap.ts'
import type {Result} from '../table.ts'

const streams = 2000
const shown = 25

export async function heap(processes: Processes): Promise<Result> {
  const server = await processes.server('boardcast', {heartbeatSeconds: 1})
  const {port, request, readyMark} = server
  const load = processes.load()
  const part = {port, count: streams, requests: [request], readyMark, maxPending: 100}
  await load.call('open', part) // the first stream creates the objects that all streams share; these objects are not counted
  const before = await server.child.call('heapByKind')
  await load.call('open', part)
  const after = await server.child.call('heapByKind')
  const kinds = [...after]
    .map(([name, kind]) => ({name, ...growth(before.get(name), kind)}))
    .sort((a, b) => b.bytes - a.bytes)
  const total = kinds.reduce((sum, {bytes}) => sum + bytes, 0)
  return {
    title: `The heap of an idle stream of Boardcast: the ${shown} largest kinds of objects`,
    columns: ['kind', 'objects', 'bytes', 'of all %'],
    lines: [
      ...kinds.slice(0, shown).map(({name, count, bytes}) => [name, count, bytes, (bytes / total) * 100]),
      ['all', null, total, 100],
    ],
    notes: [
      `The figures are the growth of the heap after ${streams} streams were opened, divided by the number of streams. The size of an object does not include the objects that it refers to.`,
    ],
  }
}

/** Returns the growth of the heap, divided by the number of streams. */
function growth(before: HeapKind = {count: 0, bytes: 0}, after: HeapKind): HeapKind {
  return {count: (after.count - before.count) / streams, bytes: (after.bytes - before.bytes) / streams}
}
