/** Undoes a change of several tasks. Tasks that another member has changed since stay as they are. */
import {type ApiClient, isProblem, Problem} from '../../client/api-client.ts'
import type {BoardTask, Me} from '../../client/client.ts'
import type {TasksAct} from './act.ts'
import {conflictsOf, type TasksRequest} from './exact-change.ts'
import {inverseOfTasks, isUnchangedSince} from './inverse-of-tasks.ts'

/**
 * Returns the number of tasks that were not undone, because another member has changed or deleted them, or has deleted
 * their former story or label.
 */
export async function undoTasks(api: ApiClient, act: TasksAct, me: Me): Promise<number> {
  /** The tasks as the act, or the latest request of this undo, has left them. */
  const left = new Map<string, BoardTask>(act.tasks.map(({after}) => [after.id, after]))
  const versions = new Map(act.tasks.map(({after}) => [after.id, after.version]))
  const skipped = new Set<string>()
  for (const request of inverseOfTasks(act, me) ?? []) await sendRequest(request)
  return skipped.size

  /** Sends the request again without the tasks that have changed, until the server accepts it. */
  async function sendRequest({taskIds, changes}: TasksRequest): Promise<void> {
    const ids = taskIds.filter(id => !skipped.has(id))
    if (ids.length === 0) return
    const if_versions = Object.fromEntries(ids.map(id => [id, versions.get(id)!]))
    try {
      const {tasks} = await api.call('POST /tasks/changes', {body: {task_ids: ids, if_versions, changes}})
      for (const task of tasks) {
        left.set(task.id, task)
        versions.set(task.id, task.version)
      }
    } catch (error) {
      if (isProblem(error, 'label-not-found') || isProblem(error, 'story-not-found')) {
        for (const id of ids) skipped.add(id)
        return
      }
      const changed = [...conflictsOf(error), ...deletedOf(error)]
      if (changed.length === 0) throw error
      await Promise.all(changed.map(readConflict))
      await sendRequest({taskIds: ids, changes})
    }
  }

  /** A task whose other fields have changed is undone in its new version. */
  async function readConflict(id: string): Promise<void> {
    const current = await api.call('GET /tasks/{id}', {params: {id}}).catch(error => {
      if (isProblem(error, 'task-not-found')) return undefined
      throw error
    })
    if (
      current &&
      current.version !== versions.get(id) &&
      isUnchangedSince(current, left.get(id)!, act.fields)
    ) {
      versions.set(id, current.version)
    } else skipped.add(id)
  }
}

/** Returns the ids of the tasks that were deleted in the meantime. */
function deletedOf(error: unknown): string[] {
  const {failures = []} = (error instanceof Problem ? error.data : {}) as Refusal
  return failures.filter(({code}) => code === 'task-not-found').map(({task_id}) => task_id)
}

interface Refusal {
  failures?: {task_id: string; code: string}[]
}
