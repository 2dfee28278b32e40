/** The tasks that block a task, and the tasks that it blocks, as pure functions. */
import {compareRanks} from '../../client/board.ts'
import type {BoardTask, TaskStatus} from '../../client/client.ts'
import {count} from '../parts/format.ts'

export type BlockerChange = {kind: 'add' | 'remove'; id: string}

/** Whether the task needs work, and waits for another task. A board from an earlier version of the server has no blockers. */
export function isBlocked({status, open_blocker_count}: BoardTask): boolean {
  return isUnfinished(status) && open_blocker_count > 0
}

/** Returns 'Blocked by 2 unfinished tasks'. */
export function blockedText({open_blocker_count}: BoardTask): string {
  return `Blocked by ${count(open_blocker_count, 'unfinished task')}`
}

/** Returns the ids that are expected after the change. */
export function withBlockerChange(ids: readonly string[], {kind, id}: BlockerChange): readonly string[] {
  const others = ids.filter(other => other !== id)
  return kind === 'add' ? [...others, id] : others
}

/** Returns the tasks that the task blocks. Unfinished tasks come first. */
export function blockedBy(taskId: string, tasks: readonly BoardTask[]): BoardTask[] {
  return unfinishedFirst(tasks.filter(task => task.blocked_by_task_ids?.includes(taskId)))
}

/** Returns the tasks that the member can choose as blockers. Unfinished tasks come first. */
export function possibleBlockers(
  taskId: string,
  blockerIds: readonly string[],
  tasks: readonly BoardTask[],
): BoardTask[] {
  return unfinishedFirst(tasks.filter(({id}) => id !== taskId && !blockerIds.includes(id)))
}

function unfinishedFirst(tasks: readonly BoardTask[]): BoardTask[] {
  const isDone = (task: BoardTask) => Number(!isUnfinished(task.status))
  return tasks.toSorted((one, other) => isDone(one) - isDone(other) || compareRanks(one, other))
}

/** The same rule as on the server: a failed task still needs work. */
function isUnfinished(status: TaskStatus): boolean {
  return status !== 'completed' && status !== 'cancelled'
}
