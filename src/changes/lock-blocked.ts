/**
 * Locks tasks together with the tasks that they block, because a change of a blocker may change the tasks that it blocks.
 * All are locked in one round trip and in the order of their ids. Until a task is locked, it can become the blocker of
 * another task; `changeBlockedTasks` locks such a task later.
 */
import {type RawBuilder, sql, type Transaction} from 'kysely'
import type {Story} from '../board/story.ts'
import type {BoardTask, Task} from '../board/task.ts'
import {anyOf, requireFound, selectBoardTasks, selectTasks} from '../store/resources.ts'
import {runBatch} from '../store/round-trips.ts'
import type {Tables} from '../store/tables.ts'

/** Throws Problem 'task-not-found'. `mayBlock` is false when the task blocks no task. */
export async function lockTaskAndBlocked(
  trx: Transaction<Tables>,
  organizationId: string,
  taskId: string,
): Promise<{task: Task; mayBlock: boolean}> {
  const rows = await selectTasks(trx, organizationId)
    .select('may_block')
    .where('id', '=', withBlocked(organizationId, sql`select ${taskId}::uuid as id`))
    .orderBy('id')
    .forUpdate()
    .execute()
  const {may_block, ...task} = requireFound(
    'task',
    rows.find(({id}) => id === taskId),
  )
  return {task, mayBlock: may_block}
}

/**
 * Like `lockTaskAndBlocked`, for several tasks. Returns the tasks that exist. The tasks that they block are locked but not
 * read, because there can be thousands.
 */
export async function lockTasksAndBlocked(
  trx: Transaction<Tables>,
  organizationId: string,
  ids: readonly string[],
): Promise<{tasks: Task[]; mayBlock: boolean}> {
  const all = withBlocked(organizationId, sql`select unnest(${ids}::uuid[]) as id`)
  const lock = sql`
    select id from tasks where organization_id = ${organizationId} and id = ${all} order by id for update`
  const read = selectTasks(trx, organizationId).select('may_block').where('id', '=', anyOf(ids))
  const rows = await runBatch(trx, [lock.compile(trx)], read.compile())
  return {
    tasks: rows.map(({may_block: _, ...task}) => task),
    mayBlock: rows.some(({may_block}) => may_block),
  }
}

/**
 * Locks the tasks of locked stories, and returns them in ascending order of their ids, without descriptions. `mayBlock` is
 * false when they block no task.
 */
export async function lockBoardTasksAndBlocked(
  trx: Transaction<Tables>,
  organizationId: string,
  stories: readonly Story[],
): Promise<{tasks: BoardTask[]; mayBlock: boolean}> {
  const ids = stories.map(({id}) => id)
  const ofStories = sql`
    select id from tasks where organization_id = ${organizationId} and story_id = any (${ids}::uuid[])`
  const rows = await selectBoardTasks(trx, organizationId)
    .select('may_block')
    .where('id', '=', withBlocked(organizationId, ofStories))
    .orderBy('id')
    .forUpdate()
    .execute()
  // A task can move to another story until it is locked.
  const locked = rows.filter(({story_id}) => ids.includes(story_id))
  return {
    tasks: locked.map(({may_block: _, ...task}) => task),
    mayBlock: locked.some(({may_block}) => may_block),
  }
}

/** Returns `any (…)` with the ids, and the ids of the tasks that they block. */
function withBlocked(organizationId: string, ids: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`any (array(
    with blockers as (${ids})
    select id from blockers
    union
    select b.task_id from task_blockers b join blockers on b.blocker_id = blockers.id
    where b.organization_id = ${organizationId}
  ))`
}
