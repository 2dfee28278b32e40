/**
 * Statements that count what an organization stores. A change sends these statements after its writes, in the round trip
 * that commits the change. The change holds the lock of the organization's row in `event_streams`, so no other change of
 * the organization can commit at the same time. Therefore, concurrent changes cannot exceed a quota together.
 */

import {type Compilable, type Kysely, type RawBuilder, sql} from 'kysely'
import {type QuotaSetting, type Quotas, type QuotaUsage, quotaExceeded} from '../board/quotas.ts'
import {compilable} from './compilable.ts'
import {isQuotaExceeded} from './errors.ts'
import type {Tables} from './tables.ts'

type Trx = Kysely<Tables>

/** Rows that a quota limits. */
export interface CountedRows {
  setting: QuotaSetting
  /** The number of rows that the change adds. */
  added: number
  table: 'projects' | 'labels' | 'sprints' | 'stories' | 'tasks' | 'comments' | 'api_keys'
  /**
   * A quota can limit the rows of one parent, for example the tasks of a sprint. This field then contains the column
   * and the id of the parent. Undefined when the quota counts all rows of the organization.
   */
  parent?: {column: 'project_id' | 'sprint_id' | 'story_id' | 'task_id'; id: string}
}

/**
 * Returns the statement that waits for the lock of the organization's log. Other changes of the organization then wait
 * until this change has ended.
 */
export function lockStream(trx: Trx, organizationId: string): Compilable {
  return trx
    .selectFrom('event_streams')
    .select('head')
    .where('organization_id', '=', organizationId)
    .forUpdate()
}

/**
 * Returns a statement that fails when rows exceed the limit of their quota. Send the statement after the writes and
 * after `lockStream`, because a statement sees only the changes that were committed before the start of the statement.
 * The cost of the statement depends only on the limits, and does not grow with the size of the organization.
 */
export function requireRowQuotas(
  trx: Trx,
  organizationId: string,
  counted: readonly CountedRows[],
  quotas: Partial<Quotas>,
): Compilable {
  const checks = counted.map(rows => rowQuota(organizationId, rows, quotas[rows.setting]!))
  return compilable(trx, sql`select ${sql.join(checks)}`)
}

function rowQuota(
  organizationId: string,
  {setting, added, table, parent}: CountedRows,
  limit: number,
): RawBuilder<unknown> {
  const ofParent = parent ? sql` and ${sql.ref(parent.column)} = ${parent.id}` : sql``
  const used = sql`(
    select count(*) from (
      select from ${sql.table(table)}
      where organization_id = ${organizationId}${ofParent}${table === 'api_keys' ? isValidKey : sql``}
      limit ${limit + added}
    ) counted
  ) - ${added}`
  return sql`require_quota(${setting}, ${limit}, ${used}, ${added})`
}

/** Returns the number of rows of the parent, but at most `limit`. */
export async function countRows(
  trx: Trx,
  organizationId: string,
  table: CountedRows['table'],
  {column, id}: NonNullable<CountedRows['parent']>,
  limit: number,
): Promise<number> {
  const {rows} = await sql<{count: number}>`
    select count(*) from (
      select from ${sql.table(table)} where organization_id = ${organizationId} and ${sql.ref(column)} = ${id}
      limit ${limit}
    ) counted`.execute(trx)
  return rows[0]!.count
}

const isValidKey = sql` and revoked_at is null and (expires_at is null or expires_at > now())`

/** How a change affects the number of bytes of text that the organization stores. */
export interface TextBytes {
  /** The bytes that the change adds; negative when the change removes text. */
  added: number
  /**
   * If the change adds text, and the organization would then have more bytes than this limit, the change fails. Default:
   * no limit.
   */
  limit?: number | undefined
}

/**
 * Returns the parts of an UPDATE of `event_streams` that count the bytes of text. RETURNING checks the limit, because
 * Postgres computes RETURNING from the row that the UPDATE has locked and changed.
 */
export function countTextBytes({added, limit}: TextBytes): {
  set: RawBuilder<unknown>
  returning: RawBuilder<unknown>
} {
  if (added === 0) return {set: sql``, returning: sql``}
  const isLimited = added > 0 && limit !== undefined
  return {
    set: sql`, text_bytes = greatest(text_bytes + ${added}, 0)`,
    returning: isLimited
      ? sql`, require_quota('MAX_BYTES_PER_ORG', ${limit}, text_bytes - ${added}, ${added})`
      : sql``,
  }
}

/** Returns the bytes of text that the organization stores. */
export async function readTextBytes(trx: Trx, organizationId: string): Promise<number> {
  const streams = trx.selectFrom('event_streams').where('organization_id', '=', organizationId)
  return (await streams.select('text_bytes').executeTakeFirstOrThrow()).text_bytes
}

/**
 * Returns the bytes of the tasks and of all comments on the tasks. The tasks must be locked, so that other changes cannot
 * edit the tasks or add comments.
 */
export async function readTaskBytes(
  trx: Trx,
  organizationId: string,
  taskIds: readonly string[],
): Promise<number> {
  if (taskIds.length === 0) return 0
  return readSum(
    trx,
    sql`select octet_length(title) + octet_length(description)
        + octet_length(array_to_string(acceptance_criteria_refs, '')) + checklist_bytes(checklist) as bytes
      from tasks where organization_id = ${organizationId} and id = any (${taskIds}::uuid[])
      union all
      select octet_length(body) from comments
      where organization_id = ${organizationId} and task_id = any (${taskIds}::uuid[])`,
  )
}

/** Locks the escalations of a locked project, and returns the bytes of the project's escalations, activities and labels. */
export async function readProjectBytes(trx: Trx, organizationId: string, projectId: string): Promise<number> {
  const escalations = await readSum(
    trx,
    sql`select octet_length(question) + coalesce(octet_length(response), 0) as bytes from escalations
      where organization_id = ${organizationId} and project_id = ${projectId} order by id for update`,
  )
  const others = await readSum(
    trx,
    sql`select octet_length(fields::text) as bytes from activities
      where organization_id = ${organizationId} and project_id = ${projectId}
      union all
      select octet_length(name) from labels
      where organization_id = ${organizationId} and project_id = ${projectId}`,
  )
  return escalations + others
}

async function readSum(trx: Trx, rows: RawBuilder<unknown>): Promise<number> {
  const {rows: sums} = await sql<{
    bytes: number
  }>`select coalesce(sum(bytes), 0)::bigint as bytes from (${rows}) counted`.execute(trx)
  return sums[0]!.bytes
}

/**
 * For each quota that limits a whole organization, returns how much of the quota the organization uses. Returns null
 * when a restore from a backup has removed the organization.
 */
export async function readUsage(
  db: Trx,
  organizationId: string,
  quotas: Quotas,
): Promise<QuotaUsage[] | null> {
  const {MAX_PROJECTS, MAX_API_KEYS, MAX_BYTES_PER_ORG} = quotas
  const {rows} = await sql<Record<'projects' | 'keys' | 'bytes', number>>`
    select
      (select count(*) from projects where organization_id = ${organizationId}) as projects,
      (select count(*) from api_keys where organization_id = ${organizationId}${isValidKey}) as keys,
      text_bytes as bytes
    from event_streams where organization_id = ${organizationId}`.execute(db)
  if (!rows[0]) return null
  const {projects, keys, bytes} = rows[0]
  return [
    {setting: 'MAX_PROJECTS', limit: MAX_PROJECTS, used: projects},
    {setting: 'MAX_API_KEYS', limit: MAX_API_KEYS, used: keys},
    {setting: 'MAX_BYTES_PER_ORG', limit: MAX_BYTES_PER_ORG, used: bytes},
  ]
}

/**
 * If the error means that a quota is exceeded, returns Problem 'quota-exceeded'. Otherwise, returns the error.
 */
export function toQuotaProblem(error: unknown): unknown {
  return isQuotaExceeded(error) ? quotaExceeded(JSON.parse((error as {detail: string}).detail)) : error
}
