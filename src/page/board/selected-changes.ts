/** The requests that make the same change of several tasks, as pure functions. */
import {isHeld, mayDelete, mayGive} from '../../client/board.ts'
import type {BoardTask, Label, Me, TaskChanges, TaskStatus} from '../../client/client.ts'
import {stepsTo} from '../task/task-moves.ts'
import type {TasksRequest} from '../undo/exact-change.ts'

/** The maximum number of tasks of a request, as in the API. */
export const maxTasks = 100

/** Returns the request that makes the same changes of all tasks. */
export function sameChange(tasks: readonly BoardTask[], changes: TaskChanges): TasksRequest[] {
  return [{taskIds: tasks.map(({id}) => id), changes}]
}

/**
 * Returns the requests that move the tasks to the status. Tasks with this status need none. Returns undefined when the
 * viewer is not allowed to move one of the tasks, and when all of them already have the status.
 */
export function statusRequests(
  tasks: readonly BoardTask[],
  status: TaskStatus,
  me: Me,
): TasksRequest[] | undefined {
  const requests = new Map<string, TasksRequest>()
  for (const task of tasks) {
    if (task.status === status) continue
    const steps = stepsTo(task, status, me)
    if (!steps || !isOneRequest(steps)) return undefined
    const key = steps.join()
    const request = requests.get(key) ?? {taskIds: [], changes: changesOf(steps, me)}
    request.taskIds.push(task.id)
    requests.set(key, request)
  }
  return requests.size > 0 ? [...requests.values()] : undefined
}

/** A request can change the owner once, and then the status once. */
function isOneRequest(steps: NonNullable<ReturnType<typeof stepsTo>>): boolean {
  return steps.length === 1 || (steps.length === 2 && steps[0] === 'take')
}

/** A request changes the owner before the status. */
function changesOf(steps: NonNullable<ReturnType<typeof stepsTo>>, me: Me): TaskChanges {
  const changes: TaskChanges = {}
  for (const step of steps) {
    if (step === 'take') changes.owner_user_id = me.user_id
    else if (step === 'release') changes.owner_user_id = null
    else changes.status = step
  }
  return changes
}

/** Whether the viewer may make this member the owner of all tasks. With null: may release all tasks. */
export function mayAssignAll(tasks: readonly BoardTask[], userId: string | null, me: Me): boolean {
  return tasks.every(task => {
    if (task.owner_user_id === userId && (isHeld(task) || userId === null)) return true
    if (userId === null) return stepsTo(task, 'available', me)?.[0] === 'release'
    if (mayGive(task, me)) return true
    return userId === me.user_id && task.status === 'available'
  })
}

export function mayDeleteAll(tasks: readonly BoardTask[], me: Me): boolean {
  return tasks.every(task => mayDelete(task, me))
}

/** Returns the change that adds the label where it is missing, or removes it when all tasks have it. */
export function labelChange(tasks: readonly BoardTask[], {id}: Pick<Label, 'id'>): TaskChanges {
  return hasLabel(tasks, id) ? {remove_label_ids: [id]} : {add_label_ids: [id]}
}

/** Whether all tasks have the label. */
export function hasLabel(tasks: readonly BoardTask[], labelId: string): boolean {
  return tasks.every(({label_ids}) => label_ids.includes(labelId))
}
