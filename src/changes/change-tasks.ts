import type {Transaction} from 'kysely'
import {requireLabels, withLabels} from '../board/label-rules.ts'
import type {Action, Caller} from '../board/member.ts'
import type {BoardTask, Task} from '../board/task.ts'
import {requireVersions, type TaskBatch, type TaskChanges} from '../board/task-batch.ts'
import {edit, give, isUnfinished, release, setStatus} from '../board/task-rules.ts'
import {anyOf, selectTasks} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, changeBy, type Effects, type Outcome, startAction} from './change.ts'
import {changeBlockedTasks} from './change-blocked-tasks.ts'
import {changeLockedTask, type DecideTask} from './change-task.ts'
import {decideForAll} from './decide-for-all.ts'
import {addedTo, moveTo} from './edit-task.ts'
import {lockTasksAndBlocked} from './lock-blocked.ts'
import {shareLabels} from './lock-labels.ts'
import {lockTargetStory} from './locks.ts'
import {lockAssignee} from './require-assignee.ts'
import {ownerNames} from './take-task.ts'

/**
 * Changes several tasks in the same way, or none of them. Each task changes by the rules of the changes of one task, with
 * the same events: first its owner, then its status, then its fields. Throws Problem 'member-not-found',
 * 'assignee-is-viewer', 'label-not-found', 'story-not-found' or 'version-mismatch'. Throws Problem 'tasks-not-changed',
 * which contains the Problems of the tasks, when one or more of the tasks cannot be changed.
 */
export function changeTasks({task_ids, if_versions, changes}: TaskBatch): Change<{tasks: Task[]}> {
  const ids = [...new Set(task_ids)]
  return changeBy('member', async (trx, caller) => {
    const locked = await lockAll(trx, caller, ids, changes)
    requireVersions(locked.tasks, if_versions)
    const action = startAction(caller)
    const decisions = decisionsFor(changes, locked)
    const outcomes = await decideForAll(ids, locked.tasks, async before => {
      return {before, ...(await changeLockedTask(trx, action, before, ...decisions))}
    })
    const blocked = await changeBlocked(trx, action, outcomes, locked.mayBlock)
    const blockers = new Map(blocked.tasks.map(task => [task.id, blockersOf(task)]))
    const events = outcomes.flatMap(({events}) => events)
    return {
      result: {tasks: outcomes.map(({result}) => ({...result, ...blockers.get(result.id)}))},
      events: [...events, ...blocked.events],
      writes: [...outcomes.flatMap(({writes = []}) => writes), ...blocked.writes],
      ...(locked.target && {counted: addedTo(locked.target.story, events)}),
    }
  })
}

type Locked = Awaited<ReturnType<typeof lockAll>>

/** Locks everything in the order of `locks.ts`, and reads what the rules need. */
async function lockAll(
  trx: Transaction<Tables>,
  caller: Caller,
  ids: readonly string[],
  changes: TaskChanges,
) {
  const organizationId = caller.organization_id
  const {owner_user_id, status, story_id} = changes
  if (owner_user_id) await lockAssignee(trx, organizationId, owner_user_id)
  const labelIds = labelIdsOf(changes)
  const labels = await shareLabels(trx, organizationId, labelIds)
  requireLabels(labels, labelIds)
  const target = story_id === undefined ? undefined : await lockTargetStory(trx, organizationId, story_id)
  const {tasks, mayBlock} = status
    ? await lockTasksAndBlocked(trx, organizationId, ids)
    : {tasks: await lockTasks(trx, organizationId, ids), mayBlock: false}
  const names = owner_user_id
    ? await ownerNames(trx, organizationId, tasks)
    : new Map<string | null, string>()
  return {tasks, mayBlock, labels, target, names}
}

function lockTasks(
  trx: Transaction<Tables>,
  organizationId: string,
  ids: readonly string[],
): Promise<Task[]> {
  return selectTasks(trx, organizationId).where('id', '=', anyOf(ids)).orderBy('id').forUpdate().execute()
}

/** Returns the rules that make the changes of one task. */
function decisionsFor(changes: TaskChanges, {labels, target, names}: Locked): DecideTask[] {
  const {
    status,
    owner_user_id,
    story_id: _,
    add_label_ids: added,
    remove_label_ids: removed,
    ...values
  } = changes
  const changeOwner: DecideTask = (task, action) => {
    if (owner_user_id) return give(task, owner_user_id, action, names.get(task.owner_user_id) ?? null)
    return task.owner_user_id === null ? {task, events: []} : release(task, action)
  }
  const changeFields: DecideTask = (task, action) => {
    requireLabels(labels, labelIdsOf(changes), task.project_id)
    const fields = {...values, label_ids: withLabels(task, {added, removed})}
    return target ? moveTo(task, target, fields, action) : edit(task, fields, action)
  }
  return [
    ...(owner_user_id === undefined ? [] : [changeOwner]),
    ...(status ? [(task: Task, action: Action) => setStatus(task, status, action)] : []),
    changeFields,
  ]
}

function labelIdsOf({add_label_ids = [], remove_label_ids = []}: TaskChanges): string[] {
  return [...add_label_ids, ...remove_label_ids]
}

function blockersOf({version, updated_at, blocked_by_task_ids, open_blocker_count}: BoardTask) {
  return {version, updated_at, blocked_by_task_ids, open_blocker_count}
}

/** Returns the effects on the tasks that are blocked by tasks that were closed or reopened. */
async function changeBlocked(
  trx: Transaction<Tables>,
  action: Action,
  outcomes: readonly ({before: Task} & Outcome<Task>)[],
  mayBlock: boolean,
): Promise<Effects & {tasks: BoardTask[]}> {
  const blockers = outcomes.filter(
    ({before, result}) => isUnfinished(before.status) !== isUnfinished(result.status),
  )
  const [first] = blockers
  if (!first || !mayBlock) return {tasks: [], events: [], writes: []}
  return changeBlockedTasks(
    trx,
    action,
    blockers.map(({before}) => before.id),
    // All tasks of a change get the same status.
    {isOpen: isUnfinished(first.result.status)},
    new Map(outcomes.map(({result}) => [result.id, result])),
  )
}
