/** Undoes a change of several tasks. Tasks that another member has changed since stay as they are. */
import {type ApiClient, isProblem, Problem} from '../../client/api-client.ts'
import type {Me} from '../../client/client.ts'
import type {TasksAct} from './act.ts'
import {inverseOfTasks, isAsLeft, type UndoBatch} from './inverse-of-tasks.ts'

/** Returns the number of tasks that were not undone, because another member has changed or deleted them. */
export async function undoTasks(api: ApiClient, act: TasksAct, me: Me): Promise<number> {
  const versions = new Map(act.tasks.map(({after}) => [after.id, after.version]))
  const skipped = new Set<string>()
  for (const batch of inverseOfTasks(act, me) ?? []) await sendBatch(batch)
  return skipped.size

  /** Repeats the request without the tasks that have changed, until the others are as the request expects them. */
  async function sendBatch({taskIds, changes}: UndoBatch): Promise<void> {
    const ids = taskIds.filter(id => !skipped.has(id))
    if (ids.length === 0) return
    const if_versions = Object.fromEntries(ids.map(id => [id, versions.get(id)!]))
    try {
      const {tasks} = await api.call('POST /tasks/changes', {body: {task_ids: ids, if_versions, changes}})
      for (const {id, version} of tasks) versions.set(id, version)
    } catch (error) {
      const changed = conflictsOf(error)
      if (changed.length === 0) throw error
      await Promise.all(changed.map(look))
      await sendBatch({taskIds: ids, changes})
    }
  }

  /** A task whose other fields have changed is undone in its new version. */
  async function look(id: string): Promise<void> {
    const {after} = act.tasks.find(({after}) => after.id === id)!
    const current = await api.call('GET /tasks/{id}', {params: {id}}).catch(() => undefined)
    if (current && current.version !== versions.get(id) && isAsLeft(current, after, act.fields)) {
      versions.set(id, current.version)
    } else skipped.add(id)
  }
}

/** Returns the ids of the tasks that were changed or deleted since. */
function conflictsOf(error: unknown): string[] {
  const {tasks = [], failures = []} = (error instanceof Problem ? error.data : {}) as Conflicts
  if (isProblem(error, 'version-mismatch')) return tasks.map(({task_id}) => task_id)
  return failures.filter(({code}) => code === 'task-not-found').map(({task_id}) => task_id)
}

interface Conflicts {
  tasks?: {task_id: string}[]
  failures?: {task_id: string; code: string}[]
}
