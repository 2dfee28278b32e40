/** Requests that change several tasks, one after another. */
import type {ApiClient} from '../../client/api-client.ts'
import type {BoardTask} from '../../client/client.ts'
import type {TasksAct} from '../undo/act.ts'
import {changeTasksExactly, type TasksRequest} from '../undo/exact-change.ts'

interface SentTasks {
  made: TasksAct['tasks'][number][]
  /** The number of tasks in the requests that the server has accepted. */
  changed: number
  /** Why a request has failed. The requests after it are not sent. */
  error?: unknown
}

/**
 * Returns a function that sends requests after those of the calls before it, with the versions that these have made.
 * Otherwise, quick changes of the same tasks would be refused because of each other.
 */
export function createRequestQueue(api: ApiClient) {
  const newest = new Map<string, BoardTask>()
  let last: Promise<unknown> = Promise.resolve()

  async function sendAll(tasks: readonly BoardTask[], requests: readonly TasksRequest[]): Promise<SentTasks> {
    const sent: SentTasks = {made: [], changed: 0}
    try {
      for (const request of requests) {
        const known = tasks.map(task => {
          const other = newest.get(task.id)
          return other && other.version > task.version ? other : task
        })
        const made = await changeTasksExactly(api, request, known)
        for (const {after} of made) newest.set(after.id, after)
        sent.made.push(...made)
        sent.changed += request.taskIds.length
      }
    } catch (error) {
      sent.error = error
    }
    return sent
  }

  return (tasks: readonly BoardTask[], requests: readonly TasksRequest[]): Promise<SentTasks> => {
    const sent = last.then(() => sendAll(tasks, requests))
    last = sent
    return sent
  }
}
