/** Finds the organizations that use the database most. */
import {sql} from 'kysely'
import type {Database} from './connection.ts'

/** What an organization has in the database. */
export interface OrganizationStats {
  id: string
  /** The value of the claim that identifies the organization. */
  claim: string
  /** The number of all events since the organization exists. */
  events: number
  /** The events that have not been pruned. */
  events_kept: number
  /** The bytes of all texts that count for MAX_BYTES_PER_ORG. */
  bytes: number
  /** Members who were not removed, including API keys. */
  members: number
  tasks: number
}

export const statsOrders = ['events', 'bytes', 'members', 'tasks'] as const
export type StatsOrder = (typeof statsOrders)[number]

/** Which organizations to return: those with the highest values in a column, or those with these ids. */
export type StatsSelection = {by: StatsOrder; limit: number} | {ids: readonly string[]}

/** Returns the statistics, with the highest value first. The tables of members and tasks are read completely. */
export async function readOrganizationStats(
  db: Database,
  selection: StatsSelection,
): Promise<OrganizationStats[]> {
  const condition = 'ids' in selection ? sql`where o.id = any (${selection.ids}::uuid[])` : sql``
  const order = 'by' in selection ? selection.by : 'events'
  const limit = 'limit' in selection ? sql`limit ${selection.limit}` : sql``
  const {rows} = await sql<OrganizationStats>`
    select o.id, o.claim, s.head as events, s.head - s.oldest + 1 as events_kept, s.text_bytes as bytes,
      coalesce(m.members, 0) as members, coalesce(t.tasks, 0) as tasks
    from organizations o
    join event_streams s on s.organization_id = o.id
    left join (
      select organization_id, count(*) as members from members where removed_at is null group by organization_id
    ) m on m.organization_id = o.id
    left join (select organization_id, count(*) as tasks from tasks group by organization_id) t
      on t.organization_id = o.id
    ${condition}
    order by ${sql.ref(order)} desc, o.id ${limit}`.execute(db)
  return rows
}
