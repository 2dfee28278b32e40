import {type ApiClient, isProblem} from '../../client/api-client.ts'
import type {Task} from '../../client/client.ts'
import {hashOf} from '../parts/opened.ts'

export interface TaskLocation {
  project_id: string
  task_id: string | null
  /** The question to scroll to. Default: none. */
  escalation_id?: string | null
}

/**
 * Returns the address that opens the task, or the question of the task, as `addressOf`. Returns the project's address when
 * there is no task, or when the task was deleted. Rejects when the task could not be loaded.
 */
export async function taskAddress(api: ApiClient, location: TaskLocation): Promise<string> {
  const {project_id, task_id, escalation_id} = location
  const questionId = escalation_id ?? undefined
  const project = `/projects/${project_id}${hashOf({questionId})}`
  if (!task_id) return project
  const task = await api.call('GET /tasks/{id}', {params: {id: task_id}}).catch(error => {
    if (!isProblem(error, 'task-not-found')) throw error
    return undefined
  })
  return task ? addressOf(task, questionId) : project
}

/** Returns the address that opens the task on its board. A task of the backlog is opened on the page of its project. */
export function addressOf(
  {key, sprint_id, project_id}: Pick<Task, 'key' | 'sprint_id' | 'project_id'>,
  questionId?: string,
): string {
  return (sprint_id ? `/sprints/${sprint_id}` : `/projects/${project_id}`) + hashOf({taskId: key, questionId})
}
