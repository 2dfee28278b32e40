import {type Compilable, sql, type Transaction} from 'kysely'
import {nextVersion} from '../board/alter.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import {compilable} from '../store/compilable.ts'
import type {NewEvent} from '../store/event-log.ts'
import {boardColumns} from '../store/resources.ts'
import {runBatch} from '../store/round-trips.ts'
import type {Tables} from '../store/tables.ts'
import type {Effects} from './change.ts'
import {mapInTurns} from './map-in-turns.ts'
import {taskAudience} from './task-audience.ts'

/** What becomes of the blockers: all are deleted, or all are open or closed. */
export type BlockerChange = 'deleted' | {isOpen: boolean}

/**
 * Returns the effects on the tasks that locked tasks block, and these tasks after the change. The blockers are not counted
 * from the rows that the change is about to write, but from `change`. A task that is deleted with its blocker is not changed.
 * `changedTasks` are the tasks that the same change has changed, with their new values. The caller must send the writes of
 * these tasks before the writes of the returned effects.
 */
export async function changeBlockedTasks(
  trx: Transaction<Tables>,
  action: Action,
  blockerIds: readonly string[],
  change: BlockerChange,
  changedTasks: ReadonlyMap<string, BoardTask> = new Map(),
): Promise<Effects & {tasks: BoardTask[]}> {
  const organizationId = action.caller.organization_id
  const deletedIds = change === 'deleted' ? blockerIds : []
  const blocked = sql`
    select task_id from task_blockers
    where organization_id = ${organizationId} and blocker_id = any (${blockerIds}::uuid[])
      and task_id <> all (${deletedIds}::uuid[])`
  // The blockers of a task are read in the second statement, when no other transaction can change them.
  const lock = sql`
    select id from tasks where organization_id = ${organizationId} and id in (${blocked}) order by id for update`
  const columns = sql.join(boardColumns.tasks.map(name => sql.ref(`t.${name}`)))
  const read = sql<BoardTask & {other_ids: string[]; changed_ids: string[]; other_open_count: number}>`
    select ${columns}, blockers.* from tasks t, lateral (
      select
        coalesce(array_agg(o.id order by o.id) filter (where not is_changed), '{}') as other_ids,
        coalesce(array_agg(o.id order by o.id) filter (where is_changed), '{}') as changed_ids,
        (count(*) filter (where not is_changed and o.status not in ('completed', 'cancelled')))::integer
          as other_open_count
      from task_blockers b join tasks o on o.organization_id = b.organization_id and o.id = b.blocker_id,
        lateral (select o.id = any (${blockerIds}::uuid[]) as is_changed) changed
      where b.organization_id = ${organizationId} and b.task_id = t.id
    ) blockers
    where t.organization_id = ${organizationId} and t.id in (${blocked})
    order by t.id`
  const rows = await runBatch(trx, [lock.compile(trx)], read.compile(trx))
  const changed = rows.map(({other_ids, changed_ids, other_open_count, ...row}) => {
    const before = changedTasks.get(row.id) ?? row
    const remaining = change === 'deleted' ? [] : changed_ids
    const isOpen = change !== 'deleted' && change.isOpen
    const blockers = {
      blocked_by_task_ids: [...other_ids, ...remaining].sort(),
      open_blocker_count: other_open_count + (isOpen ? remaining.length : 0),
    }
    return {before, after: nextVersion({...before, ...blockers}, action)}
  })
  const after = changed.map(({after}) => after)
  return {
    tasks: after,
    events: await mapInTurns(changed, ({before, after}) => blockersChanged(action, before, after)),
    writes: after.length > 0 ? [setBlockers(trx, organizationId, after)] : [],
  }
}

/** Returns the event with the blockers of the task after the change. */
export function blockersChanged(action: Action, before: BoardTask, task: BoardTask): NewEvent {
  const {blocked_by_task_ids, open_blocker_count} = task
  const blockers = {blocked_by_task_ids, open_blocker_count}
  const event = {type: 'task.blockers.changed', ...taskFacts(task, action), ...blockers} as const
  return {event, before, ...taskAudience(action, task)}
}

/** Returns the statement that stores the blockers of the tasks, and their versions. */
export function setBlockers(
  trx: Transaction<Tables>,
  organizationId: string,
  tasks: readonly BoardTask[],
): Compilable {
  const rows = tasks.map(({id, version, updated_at, blocked_by_task_ids, open_blocker_count}) => {
    return {id, version, updated_at, blocked_by_task_ids, open_blocker_count}
  })
  const update = sql`
    update tasks set version = n.version, updated_at = n.updated_at,
      blocked_by_task_ids = n.blocked_by_task_ids, open_blocker_count = n.open_blocker_count
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (
      id uuid, version integer, updated_at timestamptz, blocked_by_task_ids uuid[], open_blocker_count integer
    )
    where tasks.organization_id = ${organizationId} and tasks.id = n.id`
  return compilable(trx, update)
}
