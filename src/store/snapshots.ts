/** Reads the board. Each function returns a consistent snapshot, and the cursor from which a stream can continue. */
import {type RawBuilder, type SelectQueryBuilder, sql, type Transaction} from 'kysely'
import type {Activity} from '../board/activity.ts'
import type {ApiKey} from '../board/api-key.ts'
import type {Backlog, Board, BoardStory} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import type {Cursor} from '../board/cursor.ts'
import type {Escalation} from '../board/escalation.ts'
import type {Label} from '../board/label.ts'
import type {Caller, MemberDetails} from '../board/member.ts'
import type {Notification} from '../board/notification.ts'
import {Problem} from '../board/problem.ts'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {BoardTask, Task} from '../board/task.ts'
import {maxUnreadCount} from '../board/unread-count.ts'
import type {Database} from './connection.ts'
import {readHead} from './event-log.ts'
import {
  requireFound,
  requireRow,
  selectActivities,
  selectApiKeys,
  selectBoardStories,
  selectBoardTasks,
  selectComments,
  selectEscalations,
  selectLabels,
  selectMemberDetails,
  selectMembers,
  selectNotifications,
  selectProjects,
  selectSprints,
  selectStories,
  selectTasks,
} from './resources.ts'
import type {Tables} from './tables.ts'

/** The result is the state after all events up to the cursor, and before the next event. */
export interface Snapshot<T> {
  result: T
  cursor: Cursor
}

export interface PageRequest {
  /** The maximum number of items on the page; at least 1. */
  limit: number
  /** The id of the last item of the previous page. When `after` is undefined, the page starts with the first item. */
  after?: string | undefined
}

/** A page of items, sorted by id. */
export interface Page<T> {
  items: T[]
  /** The value of `after` for the request of the next page, or null on the last page. */
  next: string | null
}

/** Returns the board of one sprint, with the members who own or created its tasks. Throws Problem 'sprint-not-found'. */
export async function readBoard(
  db: Database,
  organizationId: string,
  sprintId: string,
): Promise<Snapshot<Board>> {
  return snapshot(db, organizationId, async trx => {
    const sprint = await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
    const isOnBoard = sql<boolean>`sprint_id = ${sprintId}`
    return {sprint, ...(await readLists(trx, organizationId, sprint.project_id, isOnBoard))}
  })
}

// A quota limits the tasks of a sprint, but not of a backlog, and the server holds a backlog in memory while it sends it.
// A backlog of 25,000 tasks with texts of the usual length is below this limit.
const maxBacklogBytes = 32 * 1024 * 1024

/**
 * Returns the stories of a project that are in no sprint, and the members who own or created their tasks. Throws Problem
 * 'project-not-found' or 'backlog-too-large'.
 */
export async function readBacklog(
  db: Database,
  organizationId: string,
  projectId: string,
): Promise<Snapshot<Backlog>> {
  return snapshot(db, organizationId, async trx => {
    const project = await requireRow('project', selectProjects(trx, organizationId), projectId)
    const isOnBoard = sql<boolean>`project_id = ${projectId} and sprint_id is null`
    await requireRoom(trx, organizationId, isOnBoard)
    return {project, ...(await readLists(trx, organizationId, projectId, isOnBoard))}
  })
}

/** Throws Problem 'backlog-too-large'. */
async function requireRoom(
  trx: Transaction<Tables>,
  organizationId: string,
  isOnBoard: RawBuilder<boolean>,
): Promise<void> {
  const bytes = sql<number>`1000 + octet_length(title) + octet_length(acceptance_criteria_refs::text)`
  const {total} = await trx
    .selectFrom('tasks')
    .select(sql<number>`coalesce(sum(${bytes}), 0)::float8`.as('total'))
    .where('organization_id', '=', organizationId)
    .where(isOnBoard)
    .executeTakeFirstOrThrow()
  if (total <= maxBacklogBytes) return
  const detail = 'The backlog is too large to be read at once. Move stories into sprints, or delete stories.'
  throw new Problem('backlog-too-large', detail)
}

/** Reads the lists of a board. `isOnBoard` is a condition for the rows of stories and for the rows of tasks. */
async function readLists(
  trx: Transaction<Tables>,
  organizationId: string,
  projectId: string,
  isOnBoard: RawBuilder<boolean>,
) {
  const stories = await selectBoardStories(trx, organizationId).where(isOnBoard).orderBy('id').execute()
  const tasks = await selectBoardTasks(trx, organizationId).where(isOnBoard).orderBy('id').execute()
  const labels = await selectLabels(trx, organizationId)
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute()
  const members = await selectMembers(trx, organizationId)
    .where('id', '=', sql<string>`any (${membersOf(tasks)}::uuid[])`)
    .orderBy('id')
    .execute()
  return {stories: withTasks(stories, tasks), labels, members}
}

// Each of these functions reads one resource by its id, and throws Problem '<kind>-not-found'.
export const readProject = readerOf('project', selectProjects)
export const readSprint = readerOf('sprint', selectSprints)
export const readStory = readerOf('story', selectStories)
export const readTask = readerOf('task', selectTasks)
export const readComment = readerOf('comment', selectComments)
export const readEscalation = readerOf('escalation', selectEscalations)

/** Returns the id of the task with this key. Throws Problem 'task-not-found'. */
export async function findTaskId(db: Database, organizationId: string, key: string): Promise<string> {
  const task = await db
    .selectFrom('tasks')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('key', '=', key)
    .executeTakeFirst()
  return requireFound('task', task).id
}

/** Returns a page of the members of the organization. Removed members are returned only when `removed` is true. */
export async function listMembers(
  db: Database,
  organizationId: string,
  {removed, ...page}: {removed: boolean} & PageRequest,
): Promise<Snapshot<Page<MemberDetails>>> {
  return snapshot(db, organizationId, trx => {
    const all = selectMemberDetails(trx, organizationId)
    return pageOf(removed ? all : all.where('m.removed_at', 'is', null), page, {id: 'm.id'})
  })
}

/** Returns a page of all API keys of the organization, including expired and revoked keys. */
export async function listApiKeys(
  db: Database,
  organizationId: string,
  page: PageRequest,
): Promise<Snapshot<Page<ApiKey>>> {
  return snapshot(db, organizationId, trx =>
    pageOf(selectApiKeys(trx).where('k.organization_id', '=', organizationId), page, {id: 'k.id'}),
  )
}

export async function listProjects(
  db: Database,
  organizationId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Project>>> {
  return snapshot(db, organizationId, trx => pageOf(selectProjects(trx, organizationId), page))
}

/** Throws Problem 'project-not-found'. */
export async function listLabels(
  db: Database,
  organizationId: string,
  projectId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Label>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    return pageOf(selectLabels(trx, organizationId).where('project_id', '=', projectId), page)
  })
}

/** Throws Problem 'project-not-found'. */
export async function listSprints(
  db: Database,
  organizationId: string,
  projectId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Sprint>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    return pageOf(selectSprints(trx, organizationId).where('project_id', '=', projectId), page)
  })
}

/** Throws Problem 'project-not-found'. */
export async function listStories(
  db: Database,
  organizationId: string,
  projectId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Story>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    return pageOf(selectStories(trx, organizationId).where('project_id', '=', projectId), page)
  })
}

/** Throws Problem 'story-not-found'. */
export async function listTasks(
  db: Database,
  organizationId: string,
  storyId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Task>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('story', selectStories(trx, organizationId), storyId)
    return pageOf(selectTasks(trx, organizationId).where('story_id', '=', storyId), page)
  })
}

/**
 * Returns the open tasks that the member owns, in all projects. With `completed_since`, returns instead the tasks that
 * were completed at this time or later.
 */
export async function listOwnedTasks(
  db: Database,
  {organization_id, user_id}: Caller,
  {completed_since, ...page}: {completed_since?: string | undefined} & PageRequest,
): Promise<Snapshot<Page<BoardTask>>> {
  return snapshot(db, organization_id, trx => {
    const tasks = selectBoardTasks(trx, organization_id).where('owner_user_id', '=', user_id)
    // The indexes `tasks_by_owner` and `completed_tasks_by_owner` have these conditions.
    const wanted = completed_since
      ? sql<boolean>`status = 'completed' and completed_at >= ${completed_since}`
      : sql<boolean>`status in ('owned', 'in_progress')`
    return pageOf(tasks.where(wanted), page)
  })
}

/** Throws Problem 'task-not-found'. */
export async function listComments(
  db: Database,
  organizationId: string,
  taskId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Comment>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('task', selectTasks(trx, organizationId), taskId)
    return pageOf(selectComments(trx, organizationId).where('task_id', '=', taskId), page)
  })
}

/** Selects escalations. An omitted field matches every escalation. */
export interface EscalationFilter {
  status?: Escalation['status'] | undefined
  /** The id of a member. */
  assignee?: string | undefined
  /** The id of a task. */
  task?: string | undefined
}

/** Throws Problem 'project-not-found'. */
export async function listEscalations(
  db: Database,
  organizationId: string,
  projectId: string,
  {status, assignee, task, ...page}: EscalationFilter & PageRequest,
): Promise<Snapshot<Page<Escalation>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    let escalations = selectEscalations(trx, organizationId).where('project_id', '=', projectId)
    if (status) escalations = escalations.where('status', '=', status)
    if (assignee) escalations = escalations.where('assignee_user_id', '=', assignee)
    if (task) escalations = escalations.where('task_id', '=', task)
    return pageOf(escalations, page)
  })
}

/** Returns the activities of a project, newest first. Throws Problem 'project-not-found'. */
export async function listActivity(
  db: Database,
  organizationId: string,
  projectId: string,
  page: PageRequest,
): Promise<Snapshot<Page<Activity>>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('project', selectProjects(trx, organizationId), projectId)
    const activities = selectActivities(trx, organizationId).where('project_id', '=', projectId)
    const {items, next} = await pageOf(activities, page, newestFirst)
    return {items: items.map(({fields, ...facts}) => ({...facts, ...fields}) as Activity), next}
  })
}

/** A page of a member's notifications. */
export interface NotificationPage extends Page<Notification> {
  /** The number of unread notifications on all pages together, counted up to `maxUnreadCount`. */
  unread_count: number
  /** The numbers of these unread notifications in each project. */
  unread_by_project: {project_id: string; count: number}[]
}

/** Returns the caller's notifications, newest first. When `unread` is true, only unread notifications are returned. */
export async function listNotifications(
  db: Database,
  {organization_id, user_id}: Caller,
  {unread, ...page}: {unread: boolean} & PageRequest,
): Promise<Snapshot<NotificationPage>> {
  return snapshot(db, organization_id, async trx => {
    const all = selectNotifications(trx, organization_id, user_id)
    const allUnread = all.where('read_at', 'is', null)
    // The index `unread_notifications` contains the seq, so that only the counted rows are read.
    const counted = allUnread.clearSelect().select('project_id').orderBy('seq', 'desc').limit(maxUnreadCount)
    const unread_by_project = await trx
      .selectFrom(counted.as('unread'))
      .select(({fn}) => ['project_id', fn.countAll<number>().as('count')])
      .groupBy('project_id')
      .orderBy('project_id')
      .execute()
    const unread_count = unread_by_project.reduce((sum, {count}) => sum + count, 0)
    const wanted = unread ? allUnread : all
    return {...(await pageOf(wanted, page, newestFirst)), unread_count, unread_by_project}
  })
}

function readerOf<Table extends keyof Tables, T>(
  kind: Parameters<typeof requireRow>[0],
  select: (db: Database, organizationId: string) => SelectQueryBuilder<Tables, Table, T>,
) {
  return (db: Database, organizationId: string, id: string): Promise<Snapshot<T>> =>
    snapshot(db, organizationId, trx => requireRow(kind, select(trx, organizationId), id))
}

/** Calls `read` and reads the head of the log in the same repeatable-read transaction. */
export async function snapshot<T>(
  db: Database,
  organizationId: string,
  read: (trx: Transaction<Tables>) => Promise<T>,
): Promise<Snapshot<T>> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async trx => ({cursor: await readHead(trx, organizationId), result: await read(trx)}))
}

interface PageOrder {
  /** The column with the id of an item. Default `id`. */
  id?: string
  /** Whether the newest item is first. Default false. */
  isNewestFirst?: boolean
}

const newestFirst: PageOrder = {isNewestFirst: true}

/** Fetches one row more than `limit` to detect whether there is a next page. */
async function pageOf<DB, Table extends keyof DB, T extends {id: string}>(
  query: SelectQueryBuilder<DB, Table, T>,
  {limit, after}: PageRequest,
  {id = 'id', isNewestFirst = false}: PageOrder = {},
): Promise<Page<T>> {
  const [follows, direction] = isNewestFirst ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`]
  const rest = after ? query.where(sql<boolean>`${sql.ref(id)} ${follows} ${after}`) : query
  const rows = await rest
    .orderBy(sql`${sql.ref(id)} ${direction}`)
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit) as T[]
  return {items, next: rows.length > limit ? items.at(-1)!.id : null}
}

/** Returns the ids of the members who own or created the tasks. */
function membersOf(tasks: readonly BoardTask[]): string[] {
  const ids = tasks.flatMap(({owner_user_id, created_by_user_id}) => [owner_user_id, created_by_user_id])
  return [...new Set(ids)].filter(id => id !== null)
}

export function withTasks(
  stories: readonly Omit<BoardStory, 'tasks'>[],
  tasks: readonly BoardTask[],
): Board['stories'] {
  const tasksOf = new Map(stories.map(story => [story.id, [] as BoardTask[]]))
  for (const task of tasks) tasksOf.get(task.story_id)?.push(task)
  return stories.map(story => ({...story, tasks: tasksOf.get(story.id)!}))
}
