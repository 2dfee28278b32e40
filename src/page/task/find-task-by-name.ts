import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {Task} from '../../client/client.ts'

/** Returns the task with this id or key, or null when there is no such task. */
export async function findTaskByName(api: ApiClient, name: string): Promise<Task | null> {
  try {
    return await api.call('GET /tasks/{id}', {params: {id: name}})
  } catch (error) {
    if (isProblem(error, 'task-not-found')) return null
    throw error
  }
}
