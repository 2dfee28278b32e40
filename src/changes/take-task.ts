import type {Transaction} from 'kysely'
import type {Task} from '../board/task.ts'
import {take} from '../board/task-rules.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/**
 * Makes the caller the owner of the task. Throws Problem 'invalid-status-move' or 'task-already-owned'. The Problem
 * 'task-already-owned' contains the owner.
 */
export function takeTask(taskId: string, expected?: ExpectedVersions): Change<Task> {
  return changeTask(taskId, expected, async (task, action, trx) =>
    take(task, action, await ownerName(trx, action.caller.organization_id, task)),
  )
}

/** Returns the name of the task's owner, or null when the task has no owner. */
export async function ownerName(
  trx: Transaction<Tables>,
  organizationId: string,
  task: Task,
): Promise<string | null> {
  return (await ownerNames(trx, organizationId, [task])).get(task.owner_user_id) ?? null
}

/** Returns the names of the tasks' owners by their ids. */
export async function ownerNames(
  trx: Transaction<Tables>,
  organizationId: string,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string | null, string>> {
  const ids = [...new Set(tasks.map(({owner_user_id}) => owner_user_id))].filter(id => id !== null)
  if (ids.length === 0) return new Map()
  const owners = await trx
    .selectFrom('members')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', anyOf(ids))
    .execute()
  return new Map(owners.map(({id, name}) => [id, name]))
}
