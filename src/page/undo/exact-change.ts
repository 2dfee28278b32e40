/**
 * Sends changes so that the state directly before each change is known. The page can be behind the server. Without this
 * state, an undo could take back what another member did.
 */
import {type ApiClient, isProblem, Problem} from '../../client/api-client.ts'
import type {BoardTask, TaskChanges} from '../../client/client.ts'

export interface ExactChange<Known, T> {
  /**
   * Directly before the change. Undefined when this request has changed nothing, because another member has made the same
   * change before, and when the thing was changed too often to find out.
   */
  before: Known | undefined
  after: T
}

/** One request: the same changes of some of the tasks. */
export interface TasksRequest {
  taskIds: string[]
  changes: TaskChanges
}

const maxReads = 3 // then, the change matters more than its undo

/**
 * `known` is the thing that the page shows. `send` makes the change of the thing in this version, or with undefined, in
 * every version. `read` returns the current thing. The change is made whatever others have changed before.
 */
export async function changeExactly<Known extends {version: number}, T extends {version: number}>(
  known: Known,
  send: (ifMatch: number | undefined) => Promise<T>,
  read: () => Promise<Known>,
): Promise<ExactChange<Known, T>> {
  let before = known
  for (let reads = 0; reads < maxReads; reads++) {
    try {
      const after = await send(before.version)
      return {before: after.version > before.version ? before : undefined, after}
    } catch (error) {
      if (!isProblem(error, 'version-mismatch')) throw error
      before = await read()
    }
  }
  return {before: undefined, after: await send(undefined)}
}

/**
 * Makes the changes of a request. `known` are the tasks that the page shows. Returns the tasks that this request has changed,
 * without those whose state before is unknown.
 */
export async function changeTasksExactly(
  api: ApiClient,
  {taskIds, changes}: TasksRequest,
  known: readonly BoardTask[],
): Promise<{before: BoardTask; after: BoardTask}[]> {
  const before = new Map(known.filter(({id}) => taskIds.includes(id)).map(task => [task.id, task]))
  const body = {task_ids: taskIds, changes}
  for (let reads = 0; reads < maxReads; reads++) {
    const if_versions = Object.fromEntries([...before].map(([id, {version}]) => [id, version]))
    try {
      const {tasks} = await api.call('POST /tasks/changes', {body: {...body, if_versions}})
      return tasks.flatMap(after => {
        const known = before.get(after.id)
        return known && after.version > known.version ? [{before: known, after}] : []
      })
    } catch (error) {
      const ids = conflictsOf(error)
      if (ids.length === 0) throw error
      await Promise.all(ids.map(readConflict))
    }
  }
  await api.call('POST /tasks/changes', {body})
  return []

  async function readConflict(id: string): Promise<void> {
    try {
      before.set(id, await api.call('GET /tasks/{id}', {params: {id}}))
    } catch (error) {
      if (!isProblem(error, 'task-not-found')) throw error
      before.delete(id) // the next request is refused, and says so
    }
  }
}

/** Returns the ids of the tasks that no longer have the version that a request of several tasks has demanded. */
export function conflictsOf(error: unknown): string[] {
  if (!(error instanceof Problem) || !isProblem(error, 'version-mismatch')) return []
  return (error.data as unknown as {tasks: {task_id: string}[]}).tasks.map(({task_id}) => task_id)
}
