/** Sends as many changes as the server can process: each client changes its own task without a pause. */
import {randomUUID} from 'node:crypto'
import type {TaskRequests} from '../servers/boards.ts'
import {Client} from './clients.ts'

export interface ChangesRequest {
  port: number
  /** One client is started for each task. */
  tasks: readonly TaskRequests[]
  milliseconds: number
}

export interface ChangesDone {
  changes: number
  milliseconds: number
}

export interface CommentsRequest extends ChangesRequest {
  /** Whether each request has its own `Idempotency-Key`. */
  hasKey: boolean
}

export async function runChanges({port, tasks, milliseconds}: ChangesRequest): Promise<ChangesDone> {
  return runUntil(port, tasks, milliseconds, async (client, {take, release}) => {
    await client.send(take)
    await client.send(release)
    return 2
  })
}

export async function runComments(request: CommentsRequest): Promise<ChangesDone> {
  const {port, tasks, milliseconds, hasKey} = request
  return runUntil(port, tasks, milliseconds, async (client, {comment}) => {
    await client.send(hasKey ? withKey(comment) : comment)
    return 1
  })
}

function withKey(request: string): string {
  return request.replace('\r\n\r\n', `\r\nIdempotency-Key: ${randomUUID()}\r\n\r\n`)
}

/**
 * Calls `change` repeatedly for each task until `milliseconds` have passed. `change` returns how many changes it
 * has made.
 */
async function runUntil(
  port: number,
  tasks: readonly TaskRequests[],
  milliseconds: number,
  change: (client: Client, task: TaskRequests) => Promise<number>,
): Promise<ChangesDone> {
  const startedAt = performance.now()
  const repeat = async (task: TaskRequests): Promise<number> => {
    const client = new Client(port)
    let changes = 0
    while (performance.now() - startedAt < milliseconds) changes += await change(client, task)
    client.close()
    return changes
  }
  const counts = await Promise.all(tasks.map(repeat))
  return {
    changes: counts.reduce((sum, count) => sum + count, 0),
    milliseconds: performance.now() - startedAt,
  }
}
