/** Changes one task, so that the stream has an event to show. */
import type {ApiClient} from '../../src/client/api-client.ts'
import {Problem} from '../../src/client/client.ts'

/** Releases the caller's task, or else takes an available task. Returns a sentence about the change. */
export async function changeSomeTask(api: ApiClient, sprintId: string): Promise<string> {
  if (!sprintId)
    throw new Problem('invalid-request', 'Select a sprint, so that the console can change one of its tasks.')
  const {user_id} = await api.call('GET /me')
  const {stories} = await api.call('GET /sprints/{id}/board', {params: {id: sprintId}})
  const tasks = stories.flatMap(story => story.tasks)
  const own = tasks.find(task => task.status === 'owned' && task.owner_user_id === user_id)
  if (own) {
    await api.call('DELETE /tasks/{id}/ownership', {params: {id: own.id}})
    return `You released the task “${own.title}”.`
  }
  const available = tasks.find(task => task.status === 'available')
  if (!available) throw new Problem('not-found', 'No task of this sprint is available.')
  await api.call('PUT /tasks/{id}/ownership', {params: {id: available.id}})
  return `You took the task “${available.title}”.`
}
