/** As many changes as a server can process: each client takes and releases its own task without a pause. */
import type {TaskRequests} from '../servers/boards.ts'
import {Client} from './clients.ts'

export interface ChangesRequest {
  port: number
  /** One client per board. */
  tasks: readonly TaskRequests[]
  milliseconds: number
}

export interface ChangesDone {
  changes: number
  milliseconds: number
}

export async function runChanges({port, tasks, milliseconds}: ChangesRequest): Promise<ChangesDone> {
  const startedAt = performance.now()
  const alternate = async ({take, release}: TaskRequests): Promise<number> => {
    const client = new Client(port)
    let changes = 0
    while (performance.now() - startedAt < milliseconds) {
      await client.send(take)
      await client.send(release)
      changes += 2
    }
    client.close()
    return changes
  }
  const counts = await Promise.all(tasks.map(alternate))
  return {
    changes: counts.reduce((sum, count) => sum + count, 0),
    milliseconds: performance.now() - startedAt,
  }
}
