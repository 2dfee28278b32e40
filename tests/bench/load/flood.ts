/** Sends the same request again and again on several connections, and measures the response times of another client. */
import {setTimeout as delay} from 'node:timers/promises'
import {percentile} from '../statistics.ts'
import {Client} from './clients.ts'

export interface FloodRequest {
  port: number
  /** The bytes of the request, as a one-byte string. */
  request: string
  connections: number
  /** How long each connection waits between a response and the next request. */
  pauseMs: number
}

/**
 * Sends requests until the returned function is called. The returned function resolves to the number of responses with
 * each status.
 */
export function startFlood({port, request, connections, pauseMs}: FloodRequest) {
  const statuses: Record<number, number> = {}
  let isStopped = false
  const flood = async () => {
    let client = new Client(port)
    while (!isStopped) {
      const status = await client.statusOf(request)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 0) {
        client.close()
        client = new Client(port)
      }
      await delay(pauseMs)
    }
    client.close()
  }
  const floods = Array.from({length: connections}, flood)
  return async () => {
    isStopped = true
    await Promise.all(floods)
    return statuses
  }
}

export interface AskRequest {
  port: number
  request: string
  milliseconds: number
  /** How long the client waits between a response and the next request. */
  pauseMs: number
}

/** All times are in milliseconds. */
export interface Asked {
  requests: number
  failed: number
  p50: number
  p99: number
}

/** Sends one request at a time. */
export async function ask({port, request, milliseconds, pauseMs}: AskRequest): Promise<Asked> {
  let client = new Client(port)
  const times: number[] = []
  const latest = performance.now() + milliseconds
  let failed = 0
  while (performance.now() < latest) {
    const startedAt = performance.now()
    const status = await client.statusOf(request)
    times.push(performance.now() - startedAt)
    if (status !== 200) failed++
    if (status === 0) {
      client.close()
      client = new Client(port)
    }
    await delay(pauseMs)
  }
  client.close()
  return {requests: times.length, failed, p50: percentile(times, 0.5), p99: percentile(times, 0.99)}
}
