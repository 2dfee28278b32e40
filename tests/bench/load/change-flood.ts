/** Sends changes of one organization at a high rate, even if the server rejects the changes. */
import {setTimeout as delay} from 'node:timers/promises'
import type {TaskRequests} from '../servers/boards.ts'
import {Client} from './clients.ts'

export interface ChangeFloodRequest {
  port: number
  /** Each task has its own connection. The requests of this connection alternately take and release the task. */
  tasks: readonly TaskRequests[]
  requestsPerSecond: number
  milliseconds: number
}

/**
 * Returns how many requests ended with each status. While a connection waits for a response, the connection skips the
 * requests that become due. So the rate is never higher than `requestsPerSecond`. `skipped` is the number of skipped
 * requests.
 */
export async function floodWithChanges({
  port,
  tasks,
  requestsPerSecond,
  milliseconds,
}: ChangeFloodRequest): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  const count = (status: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const startedAt = performance.now()
  const intervalMs = (tasks.length / requestsPerSecond) * 1000
  const repeat = async ({take, release}: TaskRequests, index: number) => {
    const client = new Client(port)
    let isTaken = false
    for (let due = (index / tasks.length) * intervalMs; due < milliseconds; due += intervalMs) {
      const waitMs = startedAt + due - performance.now()
      if (waitMs < -intervalMs) {
        count('skipped')
        continue
      }
      await delay(Math.max(0, waitMs))
      const status = await client.statusOf(isTaken ? release : take)
      count(String(status))
      if (status === 200) isTaken = !isTaken
    }
    client.close()
  }
  await Promise.all(tasks.map(repeat))
  return statuses
}
