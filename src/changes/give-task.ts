import type {Task} from '../board/task.ts'
import {give} from '../board/task-rules.ts'
import {type Change, changeBy, type ExpectedVersions} from './change.ts'
import {lockAndChangeTask} from './change-task.ts'
import {lockAssignee} from './require-assignee.ts'
import {ownerName} from './take-task.ts'

/**
 * Makes the member the owner of the task. The present owner and admins can give a task. Throws Problem 'member-not-found',
 * 'assignee-is-viewer', 'not-the-owner', 'task-already-owned' or 'invalid-status-move'.
 */
export function giveTask(taskId: string, ownerId: string, expected?: ExpectedVersions): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const {organization_id} = caller
    // The lock keeps the new owner from being removed before the task has this owner.
    await lockAssignee(trx, organization_id, ownerId)
    return lockAndChangeTask(trx, caller, taskId, expected, async (task, action) =>
      give(task, ownerId, action, await ownerName(trx, organization_id, task)),
    )
  })
}
