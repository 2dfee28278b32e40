/** Reads the history of tasks and sprints. */
import type {HistoryItem} from '../board/history.ts'
import type {Database} from './connection.ts'
import {requireRow, selectSprints, selectTasks} from './resources.ts'
import {type Snapshot, snapshot} from './snapshots.ts'

export interface HistoryRequest {
  limit: number
  /** The seq of the last item of the previous page. */
  after?: number | undefined
}

export interface HistoryPage {
  items: HistoryItem[]
  /** The value of `after` for the request of the next page, or null on the last page. */
  next: number | null
}

/** Returns the facts of the task, newest first. Throws Problem 'task-not-found'. */
export async function listTaskHistory(
  db: Database,
  organizationId: string,
  taskId: string,
  page: HistoryRequest,
): Promise<Snapshot<HistoryPage>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('task', selectTasks(trx, organizationId), taskId)
    return readFacts(trx, organizationId, taskId, page)
  })
}

/** Returns the facts of the sprint, newest first. Throws Problem 'sprint-not-found'. */
export async function listSprintHistory(
  db: Database,
  organizationId: string,
  sprintId: string,
  page: HistoryRequest,
): Promise<Snapshot<HistoryPage>> {
  return snapshot(db, organizationId, async trx => {
    await requireRow('sprint', selectSprints(trx, organizationId), sprintId)
    return readFacts(trx, organizationId, sprintId, page)
  })
}

async function readFacts(
  db: Database,
  organizationId: string,
  subjectId: string,
  {limit, after}: HistoryRequest,
): Promise<HistoryPage> {
  let facts = db
    .selectFrom('history')
    .select(['seq', 'type', 'created_at as timestamp', 'actor_user_id', 'fact'])
    .where('organization_id', '=', organizationId)
    .where('subject_id', '=', subjectId)
  if (after !== undefined) facts = facts.where('seq', '<', after)
  const rows = await facts
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map(({fact, ...row}) => ({...row, ...fact}))
  return {items, next: rows.length > limit ? items.at(-1)!.seq : null}
}
