/** Reads everything of a project, page by page, in one snapshot. */
import {type ControlledTransaction, type SelectQueryBuilder, sql} from 'kysely'
import type {Comment} from '../board/comment.ts'
import type {Cursor} from '../board/cursor.ts'
import type {Label} from '../board/label.ts'
import type {Member} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Project} from '../board/project.ts'
import type {Sprint} from '../board/sprint.ts'
import type {Story} from '../board/story.ts'
import type {Task} from '../board/task.ts'
import {type Database, hasOneConnection} from './connection.ts'
import {readHead} from './event-log.ts'
import {
  anyOf,
  requireRow,
  selectComments,
  selectLabels,
  selectMembers,
  selectProjects,
  selectSprints,
  selectStories,
  selectTasks,
} from './resources.ts'
import type {Tables} from './tables.ts'

/** Some rows of one list of the export. The pages of a list follow each other, and the lists have a fixed order. */
export type ExportPage =
  | {list: 'members'; rows: Member[]}
  | {list: 'labels'; rows: Label[]}
  | {list: 'sprints'; rows: Sprint[]}
  | {list: 'stories'; rows: Story[]}
  | {list: 'tasks'; rows: Task[]; keys: ReadonlyMap<string, string>} // the keys of the tasks that block them
  | {list: 'comments'; rows: Comment[]}

/** The project, and its content of the same moment. */
export interface OpenExport {
  project: Project
  cursor: Cursor
  /** When the reader is too slow, throws Problem 'overloaded'. */
  pages: AsyncGenerator<ExportPage, void, undefined>
  /** Ends the snapshot. Must be called, even if no page is read. Calling it again does nothing. */
  close(): Promise<void>
}

export interface SnapshotLimits {
  /** How many milliseconds the reader may take between two pages. Default 8,000. */
  pauseMs?: number
  /**
   * How many milliseconds the snapshot is open in total. Default 120,000. If all requests share one connection, default
   * 8,000.
   */
  totalMs?: number
}

const rowsPerPage = 100 // a task can have 80 KB, so a page has at most 8 MB
// This time is shorter than the time after which Postgres ends an idle transaction.
const maxPauseMs = 8_000
// While the snapshot is open, it occupies one of the connections of the organization, and Postgres keeps deleted rows.
const maxTotalMs = 120_000
// While the snapshot occupies the only connection, all other requests wait for it, by default at most 10 s. The rest of
// the 10 s is for the page that is being read when the time is over.
const maxTotalMsOfOneConnection = 8_000

/** Throws Problem 'project-not-found'. */
export async function openExport(
  db: Database,
  organizationId: string,
  projectId: string,
  limits: SnapshotLimits = {},
): Promise<OpenExport> {
  const {pauseMs = maxPauseMs, totalMs = hasOneConnection(db) ? maxTotalMsOfOneConnection : maxTotalMs} =
    limits
  const trx = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute()
  try {
    const cursor = await readHead(trx, organizationId)
    const project = await requireRow('project', selectProjects(trx, organizationId), projectId)
    const snapshot = new LimitedSnapshot(trx, {pauseMs, totalMs})
    return {
      project,
      cursor,
      pages: snapshot.watch(pagesOf(trx, organizationId, projectId)),
      close: () => snapshot.end(),
    }
  } catch (error) {
    await trx.rollback().execute()
    throw error
  }
}

/** Ends the snapshot after the last page, and when the reader exceeds a limit. */
class LimitedSnapshot {
  readonly #trx: ControlledTransaction<Tables>
  readonly #pauseMs: number
  /** When the total time is over, on the clock of `performance.now`. */
  readonly #endsAt: number
  #timer: NodeJS.Timeout | undefined
  #ending: Promise<unknown> | undefined

  constructor(trx: ControlledTransaction<Tables>, {pauseMs, totalMs}: Required<SnapshotLimits>) {
    this.#trx = trx
    this.#pauseMs = pauseMs
    this.#endsAt = performance.now() + totalMs
    this.#pause() // the reader may never take the first page
  }

  async *watch(pages: AsyncGenerator<ExportPage>): AsyncGenerator<ExportPage, void, undefined> {
    try {
      for (;;) {
        clearTimeout(this.#timer)
        if (this.#ending || performance.now() >= this.#endsAt) throw tooSlow()
        const {done, value} = await pages.next()
        if (done) return
        this.#pause()
        yield value
      }
    } finally {
      await this.end()
    }
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#ending ??= this.#trx.rollback().execute()
    await this.#ending
  }

  #pause(): void {
    const restMs = this.#endsAt - performance.now()
    this.#timer = setTimeout(() => this.end().catch(() => {}), Math.min(this.#pauseMs, restMs))
  }
}

async function* pagesOf(
  trx: ControlledTransaction<Tables>,
  organizationId: string,
  projectId: string,
): AsyncGenerator<ExportPage> {
  const members = selectMembers(trx, organizationId).where(
    'id',
    'in',
    membersOf(trx, organizationId, projectId),
  )
  for await (const rows of pagesById(members)) yield {list: 'members', rows}
  const labels = selectLabels(trx, organizationId).where('project_id', '=', projectId)
  for await (const rows of pagesById(labels)) yield {list: 'labels', rows}
  const sprints = selectSprints(trx, organizationId).where('project_id', '=', projectId)
  for await (const rows of pagesById(sprints)) yield {list: 'sprints', rows}
  const stories = selectStories(trx, organizationId).where('project_id', '=', projectId)
  for await (const rows of pagesById(stories)) yield {list: 'stories', rows}
  const tasks = selectTasks(trx, organizationId).where('project_id', '=', projectId)
  for await (const rows of pagesOfTasks(tasks))
    yield {list: 'tasks', rows, keys: await readKeys(trx, organizationId, rows)}
  for await (const rows of commentPages(trx, organizationId, projectId)) yield {list: 'comments', rows}
}

async function* pagesById<Table extends keyof Tables, Row extends {id: string}>(
  query: SelectQueryBuilder<Tables, Table, Row>,
): AsyncGenerator<Row[]> {
  let last: Row | undefined
  do {
    const rest = last ? query.where(sql<boolean>`id > ${last.id}`) : query
    const rows = (await rest.orderBy(sql`id`).limit(rowsPerPage).execute()) as Row[]
    if (rows.length > 0) yield rows
    last = rows.length === rowsPerPage ? rows.at(-1) : undefined
  } while (last)
}

async function* pagesOfTasks(tasks: ReturnType<typeof selectTasks>): AsyncGenerator<Task[]> {
  let last: Task | undefined
  do {
    const rest = last ? tasks.where(sql<boolean>`(rank, id) > (${last.rank}, ${last.id}::uuid)`) : tasks
    const rows: Task[] = await rest.orderBy('rank').orderBy('id').limit(rowsPerPage).execute()
    if (rows.length > 0) yield rows
    last = rows.length === rowsPerPage ? rows.at(-1) : undefined
  } while (last)
}

/** Returns the keys of the tasks that block the given tasks. */
async function readKeys(
  trx: ControlledTransaction<Tables>,
  organizationId: string,
  tasks: readonly Task[],
): Promise<Map<string, string>> {
  const ids = [...new Set(tasks.flatMap(({blocked_by_task_ids}) => blocked_by_task_ids))]
  if (ids.length === 0) return new Map()
  const tasksOfKeys = trx
    .selectFrom('tasks')
    .select(['id', 'key'])
    .where('organization_id', '=', organizationId)
  const rows = await tasksOfKeys.where('id', '=', anyOf(ids)).execute()
  return new Map(rows.map(({id, key}) => [id, key]))
}

async function* commentPages(
  trx: ControlledTransaction<Tables>,
  organizationId: string,
  projectId: string,
): AsyncGenerator<Comment[]> {
  const all = selectComments(trx, organizationId).where(
    'task_id',
    'in',
    tasksOf(trx, organizationId, projectId),
  )
  let last: Comment | undefined
  do {
    const rest = last
      ? all.where(sql<boolean>`(task_id, id) > (${last.task_id}::uuid, ${last.id}::uuid)`)
      : all
    const rows: Comment[] = await rest.orderBy('task_id').orderBy('id').limit(rowsPerPage).execute()
    if (rows.length > 0) yield rows
    last = rows.length === rowsPerPage ? rows.at(-1) : undefined
  } while (last)
}

function tasksOf(trx: ControlledTransaction<Tables>, organizationId: string, projectId: string) {
  return trx
    .selectFrom('tasks')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
}

/** Selects the ids of the members who own or created a task, or have written a comment, of the project. */
function membersOf(trx: ControlledTransaction<Tables>, organizationId: string, projectId: string) {
  const tasks = tasksOf(trx, organizationId, projectId)
  return sql<string>`(
    select created_by_user_id from tasks where organization_id = ${organizationId} and project_id = ${projectId}
    union select owner_user_id from tasks where organization_id = ${organizationId} and project_id = ${projectId}
    union select author_user_id from comments where organization_id = ${organizationId} and task_id in (${tasks})
  )`
}

export function tooSlow(): Problem {
  return new Problem('overloaded', 'The export was not read fast enough. Try again.')
}
