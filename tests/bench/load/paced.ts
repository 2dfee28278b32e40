/** Sends changes at a steady pace and measures the time until each response. */
import {setTimeout as delay} from 'node:timers/promises'
import type {TaskRequests} from '../servers/boards.ts'
import {percentile} from '../statistics.ts'
import {Client} from './clients.ts'

export interface PacedRequest {
  port: number
  /** The tasks that are alternately taken and released. There must be more tasks than pending requests. */
  tasks: readonly TaskRequests[]
  changesPerSecond: number
  milliseconds: number
}

/** All times are in milliseconds. A response time starts when a request is due, and ends when the response arrives. */
export interface Paced {
  changes: number
  failed: number
  p50: number
  p99: number
  longest: number
}

/**
 * Sends the requests at even intervals, without waiting for responses. After the last response, releases all taken
 * tasks.
 */
export async function runPaced({port, tasks, changesPerSecond, milliseconds}: PacedRequest): Promise<Paced> {
  const idle = tasks.map(task => ({task, client: new Client(port), isTaken: false}))
  const times: number[] = []
  const responses: Promise<void>[] = []
  const count = Math.round((milliseconds / 1000) * changesPerSecond)
  let failed = 0
  const change = async (due: number) => {
    const one = idle.shift()
    if (!one) throw new Error('There are more pending requests than tasks')
    const {task, client, isTaken} = one
    const status = await client.statusOf(isTaken ? task.release : task.take)
    times.push(performance.now() - due)
    if (status >= 200 && status < 300) one.isTaken = !isTaken
    else failed++
    idle.push(one)
  }
  // The response times do not include the time to connect.
  await Promise.all(idle.map(({client}) => client.connected))
  const startedAt = performance.now()
  for (let index = 0; index < count; index++) {
    const due = startedAt + (index / changesPerSecond) * 1000
    await delay(Math.max(0, due - performance.now()))
    responses.push(change(due))
  }
  await Promise.all(responses)
  for (const {task, client, isTaken} of idle) {
    if (isTaken) await client.send(task.release)
    client.close()
  }
  return {
    changes: count,
    failed,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    longest: Math.max(...times),
  }
}
