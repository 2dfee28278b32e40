/** Where every read and every lock of a resource begins: an organization's rows, in the form that callers see. */
import {type SelectQueryBuilder, sql} from 'kysely'
import {Problem} from '../board/problem.ts'
import {projectColumns, sprintColumns, storyColumns, taskColumns} from './columns.ts'
import type {Database} from './connection.ts'
import type {Tables} from './tables.ts'

export function selectProjects(db: Database, organizationId: string) {
  return db.selectFrom('projects').select(projectColumns).where('organization_id', '=', organizationId)
}

export function selectSprints(db: Database, organizationId: string) {
  return db.selectFrom('sprints').select(sprintColumns).where('organization_id', '=', organizationId)
}

export function selectStories(db: Database, organizationId: string) {
  return db.selectFrom('stories').select(storyColumns).where('organization_id', '=', organizationId)
}

export function selectTasks(db: Database, organizationId: string) {
  return db.selectFrom('tasks').select(taskColumns).where('organization_id', '=', organizationId)
}

/**
 * The one of the rows that has this id. Throws Problem '<kind>-not-found', for an id of another organization
 * as for one that never was.
 */
export async function requireRow<Table extends keyof Tables, T>(
  kind: 'project' | 'sprint' | 'story' | 'task',
  rows: SelectQueryBuilder<Tables, Table, T>,
  id: string,
): Promise<T> {
  const row = await rows.where(sql<boolean>`id = ${id}`).executeTakeFirst()
  if (!row) throw new Problem(`${kind}-not-found`, `There is no such ${kind}; it may have been deleted.`)
  return row as T
}
