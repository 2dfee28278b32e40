import type {Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import {requireDeletable} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {readTaskBytes} from '../store/quotas.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {
  type Change,
  changeBy,
  type Effects,
  type ExpectedVersions,
  requireVersion,
  startAction,
} from './change.ts'
import {changeBlockedTasks} from './change-blocked-tasks.ts'
import {lockTaskAndBlocked} from './lock-blocked.ts'
import {taskAudience} from './task-audience.ts'

/** Throws Problem 'task-not-found', 'version-mismatch' or 'not-the-creator-or-owner'. */
export function deleteTask(taskId: string, expected?: ExpectedVersions): Change<null> {
  return changeBy('member', async (trx, caller) => {
    const {task, mayBlock} = await lockTaskAndBlocked(trx, caller.organization_id, taskId)
    requireVersion(expected, task.version)
    requireDeletable([task], caller)
    return {result: null, ...(await taskDeletions(trx, startAction(caller), [task], mayBlock))}
  })
}

/** Returns the effects that delete locked tasks. The tasks that they block must be locked too, if there can be such tasks. */
export async function taskDeletions(
  trx: Transaction<Tables>,
  action: Action,
  tasks: readonly BoardTask[],
  mayBlock: boolean,
): Promise<Effects> {
  const organizationId = action.caller.organization_id
  const ids = tasks.map(({id}) => id)
  const bytes = await readTaskBytes(trx, organizationId, ids)
  const blocked = mayBlock ? await changeBlockedTasks(trx, action, ids, 'deleted') : undefined
  const deletion = trx
    .deleteFrom('tasks')
    .where('organization_id', '=', organizationId)
    .where('id', '=', anyOf(ids))
  return {
    events: [...tasks.map(task => taskDeletion(action, task)), ...(blocked?.events ?? [])],
    writes: [...(blocked?.writes ?? []), deletion],
    textBytes: -bytes,
  }
}

/** A deletion is a change of the task, so the event has the next version of the task. */
export function taskDeletion(action: Action, task: BoardTask): NewEvent {
  const facts = taskFacts(nextVersion(task, action), action)
  return {event: {type: 'task.deleted', ...facts}, ...taskAudience(action, task)}
}
