import type {Transaction} from 'kysely'
import type {Task} from '../board/task.ts'
import {take} from '../board/task-rules.ts'
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
  if (!task.owner_user_id) return null
  const owner = await trx
    .selectFrom('members')
    .select('name')
    .where('organization_id', '=', organizationId)
    .where('id', '=', task.owner_user_id)
    .executeTakeFirstOrThrow()
  return owner.name
}
