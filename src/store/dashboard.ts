/** Reads the dashboard of an organization, or of one project. */
import {type SelectQueryBuilder, sql, type Transaction} from 'kysely'
import type {Dashboard, DashboardStory} from '../board/dashboard.ts'
import type {Database} from './connection.ts'
import {
  anyOf,
  requireRow,
  selectBoardStories,
  selectEscalations,
  selectProjects,
  selectSprints,
} from './resources.ts'
import {type Snapshot, snapshot} from './snapshots.ts'
import type {Tables} from './tables.ts'

const noTasks = {task_count: 0, completed_task_count: 0, estimated_hours: 0, completed_hours: 0}
const maxCounted = 2_000 // counting reads every task of the counted stories

/** Limits the memory of a response. An organization within these limits receives a complete dashboard. */
export interface DashboardLimits {
  /** The maximum number of items in one list. Default 10,000. */
  items?: number
  /** A list ends with the item at which the texts of its items reach this number of bytes. Default 4 MiB. */
  textBytes?: number
}

/**
 * When `projectId` is undefined, returns the dashboard of all projects. The stories have no descriptions. Throws Problem
 * 'project-not-found'.
 */
export async function readDashboard(
  db: Database,
  organizationId: string,
  projectId?: string,
  limits: DashboardLimits = {},
): Promise<Snapshot<Dashboard>> {
  return snapshot(db, organizationId, async trx => {
    const projects = selectProjects(trx, organizationId)
    if (projectId) await requireRow('project', projects, projectId)
    const read = <Table extends keyof Tables, T>(
      rows: SelectQueryBuilder<Tables, Table, T>,
      texts: readonly string[],
      projectColumn = 'project_id',
    ) => {
      const ofProject = projectId ? rows.where(sql<boolean>`${sql.ref(projectColumn)} = ${projectId}`) : rows
      return readNewest(trx, ofProject, texts, limits)
    }
    const found = await read(projects, ['name', 'phase'], 'id')
    const sprints = await read(selectSprints(trx, organizationId), ['name', 'goal'])
    const stories = await read(selectBoardStories(trx, organizationId), ['title'])
    const escalations = await read(selectEscalations(trx, organizationId), ['question', 'response'])
    return {
      projects: found.items,
      sprints: sprints.items,
      stories: await withTaskCounts(trx, organizationId, stories.items),
      escalations: escalations.items,
      complete: [found, sprints, stories, escalations].every(({isComplete}) => isComplete),
    }
  })
}

/** Adds the numbers and the hours of tasks to the newest stories. The stories are sorted by id. */
async function withTaskCounts(
  trx: Transaction<Tables>,
  organizationId: string,
  stories: readonly DashboardStory[],
): Promise<DashboardStory[]> {
  const others = stories.slice(0, -maxCounted)
  const counted = stories.slice(-maxCounted)
  const ids = counted.map(({id}) => id)
  const rows = await trx
    .selectFrom('tasks')
    .select(['story_id', sql<number>`count(*)::int`.as('task_count')])
    .select(sql<number>`(count(*) filter (where status = 'completed'))::int`.as('completed_task_count'))
    .select(sql<number>`coalesce(sum(estimated_hours), 0)`.as('estimated_hours'))
    .select(
      sql<number>`coalesce(sum(estimated_hours) filter (where status = 'completed'), 0)`.as(
        'completed_hours',
      ),
    )
    .where('organization_id', '=', organizationId)
    .where('story_id', '=', anyOf(ids))
    .where('status', '<>', 'cancelled')
    .groupBy('story_id')
    .execute()
  const countsOf = new Map(rows.map(({story_id, ...counts}) => [story_id, counts]))
  return [...others, ...counted.map(story => ({...story, ...(countsOf.get(story.id) ?? noTasks)}))]
}

/**
 * Returns the newest items within the limits, sorted by id.
 * @param texts the columns whose bytes are counted
 */
async function readNewest<Table extends keyof Tables, T>(
  trx: Transaction<Tables>,
  rows: SelectQueryBuilder<Tables, Table, T>,
  texts: readonly string[],
  {items: maxItems = 10_000, textBytes: maxBytes = 4 * 1024 * 1024}: DashboardLimits,
): Promise<{items: T[]; isComplete: boolean}> {
  const bytes = sql.join(
    texts.map(column => sql`coalesce(octet_length(${sql.ref(column)}), 0)`),
    sql` + `,
  )
  const newest = rows
    .select(sql<number>`sum(${bytes}) over (order by id desc)`.as('bytes_up_to'))
    .orderBy(sql`id desc`)
    .limit(maxItems + 1)
  const {rows: found} = await sql<T & {bytes_up_to: number}>`
    select * from ${newest} newest where bytes_up_to - (${bytes}) < ${maxBytes} order by id desc`.execute(trx)
  const isComplete = found.length <= maxItems && (found.at(-1)?.bytes_up_to ?? 0) < maxBytes
  const items = found.slice(0, maxItems).map(({bytes_up_to: _, ...item}) => item as T)
  return {items: items.reverse(), isComplete}
}
