import type {Task} from '../board/task.ts'
import type {Api} from '../client/api.ts'

interface Place {
  project_id: string
  task_id: string | null
}

/** Where the task is open on the board of its sprint; the project where there is none, or where it is gone. */
export async function addressOf(api: Api, {project_id, task_id}: Place): Promise<string> {
  const project = `/projects/${project_id}`
  if (!task_id) return project
  const task = await api.call<Task>('GET', `/tasks/${task_id}`).catch(() => undefined)
  return task?.sprint_id ? `/sprints/${task.sprint_id}#${task_id}` : project
}
