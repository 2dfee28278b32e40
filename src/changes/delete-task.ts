import {nextVersion} from '../board/alter.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import {requireDeletable} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {readTaskBytes} from '../store/quotas.ts'
import {type Change, changeBy, type ExpectedVersions, requireVersion, startAction} from './change.ts'
import {changeBlockedTasks} from './change-blocked-tasks.ts'
import {lockTaskAndBlocked} from './lock-blocked.ts'
import {deleteRow} from './rows.ts'
import {taskAudience} from './task-audience.ts'

/** Throws Problem 'task-not-found', 'version-mismatch' or 'not-the-creator-or-owner'. */
export function deleteTask(taskId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('member', async (trx, caller) => {
    const {task, mayBlock} = await lockTaskAndBlocked(trx, caller.organization_id, taskId)
    requireVersion(expected, task.version)
    requireDeletable([task], caller)
    const bytes = await readTaskBytes(trx, caller.organization_id, [task.id])
    const action = startAction(caller)
    const blocked = mayBlock ? await changeBlockedTasks(trx, action, [task.id], 'deleted') : undefined
    return {
      result: null,
      events: [taskDeletion(action, task), ...(blocked?.events ?? [])],
      writes: [...(blocked?.writes ?? []), deleteRow(trx, 'tasks', caller.organization_id, task.id)],
      textBytes: -bytes,
    }
  })
}

/** A deletion is a change of the task, so the event has the next version of the task. */
export function taskDeletion(action: Action, task: BoardTask): NewEvent {
  const facts = taskFacts(nextVersion(task, action), action)
  return {event: {type: 'task.deleted', ...facts}, ...taskAudience(action, task)}
}
