/**
 * The daily totals of sprints, which outlive the events of the log. The totals of an active sprint are written at intervals,
 * so the row of a day contains the totals of its end, except for what changed since the last interval of that day. Closing a
 * sprint writes its last row. Days are in UTC, by the clock of the database.
 */

import {type Compilable, type RawBuilder, sql, type Transaction} from 'kysely'
import type {Logger} from 'pino'
import type {Burndown, SprintDay, SprintTotals, Velocity} from '../board/sprint.ts'
import {compilable} from './compilable.ts'
import type {Database} from './connection.ts'
import {repeat} from './repeat.ts'
import {requireRow, selectProjects, selectSprints} from './resources.ts'
import {type Snapshot, snapshot} from './snapshots.ts'
import type {Tables} from './tables.ts'

const today = sql<string>`(now() at time zone 'utc')::date`

/** Adds up the tasks `t` that `countedTasks` has joined. */
const totals = sql`
  count(t.id) as task_count,
  count(t.id) filter (where t.status = 'completed') as completed_task_count,
  coalesce(sum(t.estimated_hours), 0) as estimated_hours,
  coalesce(sum(t.estimated_hours) filter (where t.status = 'completed'), 0) as completed_hours`

/** Joins the tasks of the sprint `s` that are counted. `totalsOf` in `board/sprint-rules.ts` has the same rule. */
const countedTasks = sql`
  left join tasks t on t.organization_id = s.organization_id and t.sprint_id = s.id and t.status <> 'cancelled'
    and (t.completed_at < s.started_at) is not true`

const columns = sql`task_count, completed_task_count, estimated_hours, completed_hours`

const replaceTotals = sql`
  on conflict (organization_id, sprint_id, day) do update set
    (${columns}) = (excluded.task_count, excluded.completed_task_count, excluded.estimated_hours, excluded.completed_hours)
  where (sprint_days.task_count, sprint_days.completed_task_count, sprint_days.estimated_hours, sprint_days.completed_hours)
    is distinct from (excluded.task_count, excluded.completed_task_count, excluded.estimated_hours, excluded.completed_hours)`

/** Returns the statement that stores these totals as those of today. */
export function storeSprintDay(
  trx: Transaction<Tables>,
  organizationId: string,
  sprintId: string,
  {task_count, completed_task_count, estimated_hours, completed_hours}: SprintTotals,
): Compilable {
  return compilable(
    trx,
    sql`
      insert into sprint_days (organization_id, sprint_id, day, ${columns})
      values (${organizationId}, ${sprintId}, ${today}, ${task_count}, ${completed_task_count}, ${estimated_hours},
        ${completed_hours})
      ${replaceTotals}`,
  )
}

/** Returns the statement that counts the tasks of today if the sprint is active and no other change locks it. */
export function countSprintDay(organizationId: string, sprintId: string): RawBuilder<unknown> {
  // Like a change of the status, this statement locks the row of the sprint before the row of the day. It therefore never
  // replaces the last totals of a sprint that is closed at the same time.
  return sql`
    with active as materialized (
      select organization_id, id, started_at from sprints
      where organization_id = ${organizationId} and id = ${sprintId} and status = 'active' for share skip locked
    )
    insert into sprint_days (organization_id, sprint_id, day, ${columns})
    select s.organization_id, s.id, ${today}, ${totals} from active s ${countedTasks}
    group by s.organization_id, s.id
    ${replaceTotals}`
}

/** Counts the tasks of active sprints now and every ten minutes. Returns a function that stops this. */
export function startCountingSprintDays({db, log}: {db: Database; log: Logger}): () => Promise<void> {
  return repeat({name: 'recording the totals of sprints', intervalMs: 10 * 60_000, log}, signal =>
    countSprintDays(db, signal),
  )
}

/**
 * Counts the tasks of every active sprint. When the statement of a sprint fails, the other sprints are recorded,
 * and the first error is thrown at the end.
 */
export async function countSprintDays(db: Database, signal?: AbortSignal): Promise<void> {
  const sprints = await db
    .selectFrom('sprints')
    .select(['organization_id', 'id'])
    .where('status', '=', 'active')
    .execute()
  const errors: unknown[] = []
  for (const {organization_id, id} of sprints) {
    if (signal?.aborted) return
    await countSprintDay(organization_id, id)
      .execute(db)
      .catch(error => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}

/** Returns the totals of each day. Throws Problem 'sprint-not-found'. */
export async function readBurndown(
  db: Database,
  organizationId: string,
  sprintId: string,
): Promise<Snapshot<Burndown>> {
  return snapshot(db, organizationId, async trx => {
    const {status} = await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
    const recorded = await trx
      .selectFrom('sprint_days')
      .select(['day', 'task_count', 'completed_task_count', 'estimated_hours', 'completed_hours'])
      .where('organization_id', '=', organizationId)
      .where('sprint_id', '=', sprintId)
      .orderBy('day')
      .execute()
    if (status !== 'active') return {sprint_id: sprintId, days: recorded}
    const {rows} = await sql<SprintDay>`
      select ${today} as day, ${totals} from sprints s ${countedTasks}
      where s.organization_id = ${organizationId} and s.id = ${sprintId}`.execute(trx)
    const now = rows[0]!
    return {sprint_id: sprintId, days: [...recorded.filter(({day}) => day < now.day), now]}
  })
}

const maxClosedSprints = 50

/** Returns what the closed sprints of the project contained when they were closed. Throws Problem 'project-not-found'. */
export async function readVelocity(
  db: Database,
  organizationId: string,
  projectId: string,
): Promise<Snapshot<Velocity>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    const {rows} = await sql<Velocity['sprints'][number]>`
      select s.id as sprint_id, s.name, s.closed_at,
        d.task_count, d.completed_task_count, d.estimated_hours, d.completed_hours
      from (
        select id, name, closed_at from sprints
        where organization_id = ${organizationId} and project_id = ${projectId} and status = 'closed'
        order by closed_at desc, id desc limit ${maxClosedSprints}
      ) s
      cross join lateral (
        select * from sprint_days where organization_id = ${organizationId} and sprint_id = s.id
        order by day desc limit 1
      ) d
      order by s.closed_at desc, s.id desc`.execute(trx)
    return {project_id: projectId, sprints: rows}
  })
}
