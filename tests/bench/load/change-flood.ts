/** Sends changes of one organization at a high rate, even if the server rejects the changes. */
import {setTimeout as delay} from 'node:timers/promises'
import type {TaskRequests} from '../servers/boards.ts'
import {Client} from './clients.ts'

export interface ChangeFloodRequest {
  port: number
  /** Each task has its own connection, on which the task is alternately taken and released. */
  tasks: readonly TaskRequests[]
  requestsPerSecond: number
  milliseconds: number
}

/** Returns how many requests ended with each status. A connection sends its next request after the response. */
export async function floodWithChanges({
  port,
  tasks,
  requestsPerSecond,
  milliseconds,
}: ChangeFloodRequest): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  const startedAt = performance.now()
  const intervalMs = (tasks.length / requestsPerSecond) * 1000
  const repeat = async ({take, release}: TaskRequests, index: number) => {
    const client = new Client(port)
    let isTaken = false
    for (let count = 0; ; count++) {
      const dueMs = (count + index / tasks.length) * intervalMs
      if (dueMs > milliseconds) break
      await delay(Math.max(0, startedAt + dueMs - performance.now()))
      const status = await client.statusOf(isTaken ? release : take)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) isTaken = !isTaken
    }
    client.close()
  }
  await Promise.all(tasks.map(repeat))
  return statuses
}
