import {sql, type Transaction} from 'kysely'
import {actionFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {Project} from '../board/project.ts'
import type {ImportCounts, NotKept} from '../board/project-import.ts'
import {type QuotaSetting, type Quotas, quotaExceeded} from '../board/quotas.ts'
import type {Work} from '../changes/change.ts'
import {bytesOf} from '../changes/text-bytes.ts'
import type {Database} from '../store/connection.ts'
import type {NewEvent} from '../store/event-log.ts'
import {requireRow, selectProjects} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import type {ImportPlace} from './import-sources.ts'
import type {Person} from './imported-board.ts'

export interface ImportContext extends ImportPlace {
  quotas: Quotas
  /** The sprint of new stories. Null when the file determines their sprints. */
  sprintId: string | null
  /** The ids of members who can own tasks, by their names and addresses in lower case. */
  owners: ReadonlyMap<string, string>
  /** The ids of all members, by their names and addresses in lower case. */
  authors: ReadonlyMap<string, string>
}

/** What one batch of an import has changed. */
export interface BatchReport {
  created: Partial<ImportCounts>
  updated: Partial<ImportCounts>
  unchanged: Partial<ImportCounts>
  notKept: NotKept[]
}

export type ImportWork = Work<BatchReport>

/**
 * Locks the project. Other imports into the project, and changes of its order and its sprints, wait until the batch has
 * ended. New tasks do not wait. Throws Problem 'project-not-found'.
 */
export async function lockForImport(
  trx: Transaction<Tables>,
  {organizationId, projectId, previewed}: ImportContext,
): Promise<Project> {
  const projects = selectProjects(trx, organizationId)
  return requireRow('project', previewed ? projects : projects.forNoKeyUpdate(), projectId)
}

/**
 * Throws Problem 'quota-exceeded'. `used` is the number of rows or bytes that the database has, and `ofBatch` the number that
 * the batch adds, which is negative if the batch removes some. A preview adds up all batches for each `parentId`. The parent of
 * rows must be locked, so that no other transaction can add rows. The check then needs no lock of the log, for which all other
 * changes of the organization would wait.
 */
export function requireQuota(
  {quotas, previewed}: ImportContext,
  setting: QuotaSetting,
  used: number,
  ofBatch: number,
  parentId = '',
): void {
  const limit = quotas[setting]
  const added = previewed ? previewed.total(`${setting} ${parentId}`, ofBatch) : ofBatch
  if (ofBatch > 0 && used + added > limit) throw quotaExceeded({setting, limit, used})
}

/** Checks the descriptions against the quota MAX_DESCRIPTION_BYTES. Throws Problem 'quota-exceeded'. */
export function requireShortDescriptions(
  context: ImportContext,
  things: readonly {description: string}[],
): void {
  const {MAX_DESCRIPTION_BYTES: limit} = context.quotas
  for (const {description} of things) {
    const used = bytesOf(description)
    if (used > limit) throw quotaExceeded({setting: 'MAX_DESCRIPTION_BYTES', limit, used})
  }
}

/** Returns one event for each sprint that the batch has changed. Null is the backlog. */
export function importEvents(
  {projectId}: ImportContext,
  action: Action,
  sprintIds: ReadonlySet<string | null>,
): NewEvent[] {
  return [...sprintIds].map(sprint_id => ({
    event: {
      type: 'board.imported',
      ...actionFacts(action),
      project_id: projectId,
      ...(sprint_id && {sprint_id}),
    },
  }))
}

export function findMember(members: ReadonlyMap<string, string>, person: Person): string | undefined {
  return person.map(name => members.get(name.toLowerCase())).find(id => id !== undefined)
}

/** Finds the members among the people of a file. A name that several members have finds none of them. */
export async function findPeople(
  db: Database,
  organizationId: string,
  people: readonly string[],
): Promise<Pick<ImportContext, 'owners' | 'authors'>> {
  const {rows} = await sql<{
    id: string
    name: string
    email: string | null
    role: string | null
    is_removed: boolean
  }>`
    select m.id, m.name, m.email, coalesce(m.set_role, k.role, m.claimed_role) as role,
      m.removed_at is not null as is_removed
    from members m left join api_keys k on k.organization_id = m.organization_id and k.member_id = m.id
    where m.organization_id = ${organizationId} and (
      lower(m.name) = any (${people}::text[]) or lower(m.email) = any (${people}::text[])
      -- JavaScript and Postgres disagree on some letters beyond ASCII. With LC_CTYPE=C, Postgres lowers none of them.
      or octet_length(m.name || coalesce(m.email, '')) <> length(m.name || coalesce(m.email, ''))
    )`.execute(db)
  const named = new Set(people)
  const owners = rows.filter(({role, is_removed}) => !is_removed && role !== 'viewer')
  return {owners: byName(owners, named), authors: byName(rows, named)}
}

/** Only the names in `named` are keys of the result. */
function byName(
  members: readonly {id: string; name: string; email: string | null}[],
  named: ReadonlySet<string>,
): Map<string, string> {
  const ids = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const {id, name, email} of members) {
    for (const key of new Set([name, email ?? name].map(text => text.toLowerCase()))) {
      if (!named.has(key)) continue
      if (ids.has(key) && ids.get(key) !== id) ambiguous.add(key)
      ids.set(key, id)
    }
  }
  for (const key of ambiguous) ids.delete(key)
  return ids
}
