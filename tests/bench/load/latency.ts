/**
 * Measures the time from the request for a change until every reader has received the event of the change.
 */
import {setTimeout as delay} from 'node:timers/promises'
import type {TaskRequests} from '../servers/boards.ts'
import {percentile} from '../statistics.ts'
import {Client} from './clients.ts'
import type {Readers} from './readers.ts'

export interface LatencyRequest {
  port: number
  /** All tasks are taken in the order of this list, and are then released in the same order. */
  tasks: readonly TaskRequests[]
  /** How many times all tasks are taken and released. */
  times: number
  changesPerSecond: number
  /**
   * The number of groups of readers. The readers are divided into groups of the same size, in the order of the readers'
   * numbers. Default 1.
   */
  groups?: number
}

/** Latencies in milliseconds. */
export interface Latencies {
  p50: number
  p99: number
}

/**
 * All reads of one reader from its socket, in order. For each read, `bytes` is the total number of bytes
 * received so far, and `at` is the time of the read.
 */
interface Reads {
  bytes: number[]
  at: number[]
}

// After the last response, every reader must receive the last events within this time.
const arrivalTimeoutMs = 500

/** Returns one result for each group: the percentiles of `latenciesAt`. */
export async function measureLatency(readers: Readers, request: LatencyRequest): Promise<Latencies[]> {
  const groups = await latenciesAt(readers, request)
  return groups.map(latencies => ({p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99)}))
}

/** Returns one list for each group: the latency of each change at each reader of the group, in milliseconds. */
export async function latenciesAt(readers: Readers, request: LatencyRequest): Promise<number[][]> {
  const reads: Reads[] = Array.from({length: readers.count}, () => ({bytes: [], at: []}))
  let witnessed = ''
  readers.onBytes = (reader, length, buffer) => {
    const {bytes, at} = reads[reader]!
    bytes.push((bytes.at(-1) ?? 0) + length)
    at.push(performance.now())
    if (reader === 0) witnessed += buffer.toString('latin1', 0, length)
  }
  const sentAt = await sendChanges(request)
  await delay(arrivalTimeoutMs)
  readers.onBytes = () => {}
  const latencies = latenciesOf(reads, witnessed, sentAt)
  const {groups = 1} = request
  const size = readers.count / groups
  return Array.from({length: groups}, (_, group) =>
    latencies.flatMap(ofChange => ofChange.slice(group * size, (group + 1) * size)),
  )
}

/**
 * Sends the changes at even intervals, without waiting for responses. Returns a map. For each key (see `keyOf`),
 * the map contains the times at which the changes with this key were sent.
 */
async function sendChanges({port, tasks, times, changesPerSecond}: LatencyRequest) {
  const round = [
    ...tasks.map(({taskId, take}) => ({key: keyOf(taskId, 'ownership_taken'), request: take})),
    ...tasks.map(({taskId, release}) => ({key: keyOf(taskId, 'ownership_released'), request: release})),
  ]
  const changes = Array.from({length: times}, () => round).flat()
  const sentAt = new Map<string, number[]>(round.map(({key}) => [key, []]))
  const idle: Client[] = []
  const startedAt = performance.now()
  const answers = []
  for (const [index, {key, request}] of changes.entries()) {
    await delay(Math.max(0, startedAt + (index / changesPerSecond) * 1000 - performance.now()))
    const client = idle.pop() ?? new Client(port)
    sentAt.get(key)!.push(performance.now())
    answers.push(client.send(request).then(() => idle.push(client)))
  }
  await Promise.all(answers)
  for (const client of idle) client.close()
  return sentAt
}

/**
 * Returns, for each change, the latency at each reader. Throws when a reader has not received the event of a change.
 */
function latenciesOf(
  reads: readonly Reads[],
  witnessed: string,
  sentAt: ReadonlyMap<string, number[]>,
): number[][] {
  const blocks = witnessed.split('\n\n').slice(0, -1)
  let end = 0
  return blocks.map(block => {
    end += block.length + 2
    const {type, task_id} = JSON.parse(block.slice(block.indexOf('\ndata:') + 6))
    const sent = sentAt.get(keyOf(task_id, type))?.shift()
    if (sent === undefined) return [] // the event of an import that runs at the same time
    return reads.map(({bytes, at}) => {
      const read = bytes.findIndex(count => count >= end)
      if (read === -1) throw new Error(`A reader did not receive ${type} of ${task_id}`)
      return at[read]! - sent
    })
  })
}

function keyOf(taskId: string, type: string): string {
  return `${type} ${taskId}`
}
