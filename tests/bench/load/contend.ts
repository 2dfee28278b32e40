/** Lets several members try to take the same task at the same time. */
import {setTimeout as delay} from 'node:timers/promises'
import {Client} from './clients.ts'

export interface ContendRequest {
  port: number
  /** For each member, the request that takes the task. */
  requests: readonly string[]
  /** After this number of milliseconds, no member starts another attempt. */
  milliseconds: number
}

const pauseMs = 100 // the time that a member waits between two attempts

/** Returns how many attempts ended with each status. */
export async function contend({
  port,
  requests,
  milliseconds,
}: ContendRequest): Promise<Record<number, number>> {
  const startedAt = performance.now()
  const statuses: Record<number, number> = {}
  const tryToTake = async (request: string) => {
    const client = new Client(port)
    while (performance.now() - startedAt < milliseconds) {
      const status = await client.statusOf(request)
      statuses[status] = (statuses[status] ?? 0) + 1
      await delay(pauseMs)
    }
    client.close()
  }
  await Promise.all(requests.map(tryToTake))
  return statuses
}
