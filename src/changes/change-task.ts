/** The steps of every change that alters one task: lock the task, apply a rule, and write the outcome. */
import type {Transaction} from 'kysely'
import type {Action, Caller} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import type {TaskOutcome} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import type {Tables} from '../store/tables.ts'
import {
  type Change,
  changeBy,
  type ExpectedVersions,
  type Outcome,
  requireVersion,
  startAction,
} from './change.ts'
import {changeQuestions} from './change-questions.ts'
import {endReleaseRequests} from './end-release-requests.ts'
import {lockTask} from './locks.ts'
import {updateRow} from './rows.ts'
import {taskAudience} from './task-audience.ts'
import {taskBytes} from './text-bytes.ts'

export type DecideTask = (
  task: Task,
  action: Action,
  trx: Transaction<Tables>,
) => TaskOutcome | Promise<TaskOutcome>

/** Throws Problem 'task-not-found' or 'version-mismatch'. Also throws all errors of `decide`. */
export function changeTask(taskId: string, expected: ExpectedVersions, decide: DecideTask): Change<Task> {
  return changeBy('member', (trx, caller) => lockAndChangeTask(trx, caller, taskId, expected, decide))
}

/** Like `changeTask`, inside a change that has locked other rows before. */
export async function lockAndChangeTask(
  trx: Transaction<Tables>,
  caller: Caller,
  taskId: string,
  expected: ExpectedVersions,
  decide: DecideTask,
): Promise<Outcome<Task>> {
  const before = await lockTask(trx, caller.organization_id, taskId)
  requireVersion(expected, before.version)
  return changeLockedTask(trx, startAction(caller), before, decide)
}

/**
 * Like `lockAndChangeTask`, for a task that is already locked. Applies `decisions` in their order; each of them receives
 * the task that the previous one has returned.
 */
export async function changeLockedTask(
  trx: Transaction<Tables>,
  action: Action,
  before: Task,
  ...decisions: readonly DecideTask[]
): Promise<Outcome<Task>> {
  const {organization_id} = action.caller
  const events: NewEvent[] = []
  let after = before
  for (const decide of decisions) {
    const {task, events: decided} = await decide(after, action, trx)
    const context = {before: after, ...taskAudience(action, after, task)}
    events.push(...decided.map(event => ({event, ...context})))
    after = task
  }
  const ended = await endReleaseRequests(trx, action, before, after)
  const questions = await changeQuestions(
    trx,
    action,
    ended.events.length > 0 ? after : undefined,
    -ended.events.length,
  )
  return {
    result: {...after, ...questions.discussion},
    events: [...events, ...ended.events, ...questions.events],
    writes: [
      ...(events.length > 0 ? [updateTask(trx, organization_id, after)] : []),
      ...ended.writes,
      ...questions.writes,
    ],
    textBytes: taskBytes(after) - taskBytes(before),
    description: after.description === before.description ? undefined : after.description,
  }
}

/** Returns the statement that stores all fields of a locked task that can change. */
export function updateTask(trx: Transaction<Tables>, organizationId: string, task: Task) {
  const {id, project_id, number, key, rank, created_by_user_id, created_at, ...mutable} = task
  return updateRow(trx, 'tasks', organizationId, id, {
    ...mutable,
    checklist: JSON.stringify(mutable.checklist),
    links: JSON.stringify(mutable.links),
  })
}
