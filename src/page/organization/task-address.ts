import type {ApiClient} from '../../client/api-client.ts'

interface TaskLocation {
  project_id: string
  task_id: string | null
}

/**
 * Returns the address that opens the task on its board. Returns the project's address when the task cannot be found or
 * belongs to no sprint.
 */
export async function taskAddress(api: ApiClient, {project_id, task_id}: TaskLocation): Promise<string> {
  const project = `/projects/${project_id}`
  if (!task_id) return project
  const task = await api.call('GET /tasks/{id}', {params: {id: task_id}}).catch(() => undefined)
  return task?.sprint_id ? `/sprints/${task.sprint_id}#${task_id}` : project
}
