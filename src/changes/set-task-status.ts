import type {Task, TaskStatus} from '../board/task.ts'
import {isUnfinished, setStatus} from '../board/task-rules.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {changeBlockedTasks} from './change-blocked-tasks.ts'
import {changeLockedTask} from './change-task.ts'
import {lockTaskAndBlocked} from './lock-blocked.ts'

/**
 * When a blocker is closed or reopened, the tasks that it blocks change too. Throws Problem 'not-the-owner' or
 * 'invalid-status-move'. The Problem 'invalid-status-move' contains the allowed statuses.
 */
export function setTaskStatus(taskId: string, status: TaskStatus, expected?: ExpectedVersions): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const {task, mayBlock} = await lockTaskAndBlocked(trx, caller.organization_id, taskId)
    requireVersion(expected, task.version)
    const action = startAction(caller)
    const outcome = await changeLockedTask(trx, action, task, () => setStatus(task, status, action))
    const isOpen = isUnfinished(outcome.result.status)
    if (!mayBlock || isOpen === isUnfinished(task.status)) return outcome
    const blocked = await changeBlockedTasks(trx, action, [task.id], {isOpen})
    return {
      ...outcome,
      events: [...outcome.events, ...blocked.events],
      writes: [...(outcome.writes ?? []), ...blocked.writes],
    }
  })
}
