/**
 * Makes changes to tasks. A change to a task starts after all readers have received the event of the previous change
 * to this task.
 */
import type {TaskRequests} from '../servers/boards.ts'
import {Client} from './clients.ts'
import {napBetweenReads} from './naps.ts'
import type {Readers} from './readers.ts'

export interface FollowedChangesRequest {
  port: number
  /** Each task has its own client, which takes and releases the task. */
  tasks: readonly TaskRequests[]
  /** Changes are started during this time. The result includes all changes that were started. */
  milliseconds: number
}

export interface Followed {
  /** The number of events that every reader has received, multiplied by the number of readers. */
  deliveries: number
  milliseconds: number
}

export async function runFollowedChanges(
  readers: Readers,
  {port, tasks, milliseconds}: FollowedChangesRequest,
): Promise<Followed> {
  const arrivals = new Arrivals(readers.count)
  readers.onBytes = (reader, length, buffer) => arrivals.read(reader, length, buffer)
  const stopNapping = napBetweenReads()
  const startedAt = performance.now()
  const changeTask = async ({taskId, take, release}: TaskRequests) => {
    const client = new Client(port)
    while (performance.now() - startedAt < milliseconds) {
      for (const request of [take, release]) {
        await Promise.all([arrivals.next(taskId), client.send(request)])
      }
    }
    client.close()
  }
  try {
    await Promise.all(tasks.map(changeTask))
    return {deliveries: arrivals.events * readers.count, milliseconds: performance.now() - startedAt}
  } finally {
    stopNapping()
    readers.onBytes = () => {}
  }
}

/**
 * Finds out when all readers have received an event. All readers receive the same bytes. Therefore the bytes of one
 * reader are parsed, and the bytes of the other readers are only counted.
 */
class Arrivals {
  /** The number of events that all readers have received. */
  events = 0
  readonly #readers: number
  readonly #waiting = new Map<string, () => void>()
  /**
   * The events that some readers have not yet received. `taskId` is the task of the event. `end` is the number of bytes
   * that a reader has received when the event is complete.
   */
  readonly #pending: {taskId: string; end: number}[] = []
  #received = 0
  #parsed = 0
  #rest = ''

  constructor(readers: number) {
    this.#readers = readers
  }

  /** Resolves when all readers have received the next event of the task. */
  next(taskId: string): Promise<void> {
    return new Promise(resolve => this.#waiting.set(taskId, resolve))
  }

  read(reader: number, length: number, buffer: Buffer): void {
    this.#received += length
    if (reader === 0) this.#parse(buffer.toString('latin1', 0, length))
    for (let first = this.#pending[0]; first; first = this.#pending[0]) {
      if (this.#received < first.end * this.#readers) return
      this.#pending.shift()
      this.events++
      this.#waiting.get(first.taskId)?.()
    }
  }

  #parse(text: string): void {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop()!
    for (const block of blocks) {
      this.#parsed += block.length + 2
      const {task_id: taskId} = JSON.parse(block.slice(block.indexOf('\ndata:') + 6))
      this.#pending.push({taskId, end: this.#parsed})
    }
  }
}
