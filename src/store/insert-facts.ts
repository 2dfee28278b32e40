import {type RawBuilder, sql} from 'kysely'
import {type Fact, maxFacts} from '../board/history.ts'

// More than `maxFacts` facts of a sprint can be stored, so each new fact deletes up to this number of surplus facts.
const surplus = 10

export interface NewFact {
  /** In the list of the appended events, the index of the event. */
  offset: number
  subject_id: string
  type: string
  actor_user_id: string | null
  fact: Fact
}

/**
 * Returns the part of the statement that appends `count` events: it inserts the facts of these events, and deletes the
 * oldest facts of a subject with more than `maxFacts`. A sprint that the change deletes gets no fact. Reads the row `stream` of the statement.
 */
export function insertFacts(
  organizationId: string,
  timestamp: string,
  count: number,
  facts: readonly NewFact[],
): RawBuilder<unknown> {
  if (facts.length === 0) return sql``
  return sql`, facts as (
      insert into history (organization_id, subject_id, seq, number, type, actor_user_id, fact, created_at)
      select ${organizationId}, f.subject_id, stream.head - ${count} + f."offset" + 1,
        coalesce(
          (
            select h.number from history h
            where h.organization_id = ${organizationId} and h.subject_id = f.subject_id order by h.seq desc limit 1
          ), 0
        ) + row_number() over (partition by f.subject_id order by f."offset"),
        f.type, f.actor_user_id, f.fact, ${timestamp}
      from stream, json_to_recordset(${JSON.stringify(facts)}::json) as f (
        "offset" integer, subject_id uuid, type text, actor_user_id uuid, fact jsonb
      )
      where exists (select from tasks t where t.organization_id = ${organizationId} and t.id = f.subject_id)
        or exists (select from sprints s where s.organization_id = ${organizationId} and s.id = f.subject_id)
      returning subject_id, number
    ), full_subjects as (
      select subject_id, max(number) as newest, count(*) as added from facts
      group by subject_id having max(number) > ${maxFacts}
    ), trimmed as (
      delete from history h using full_subjects f, lateral (
        select o.seq from history o
        where o.organization_id = ${organizationId} and o.subject_id = f.subject_id order by o.seq limit f.added + ${surplus}
      ) oldest
      where h.organization_id = ${organizationId} and h.subject_id = f.subject_id and h.seq = oldest.seq
        and h.number <= f.newest - ${maxFacts}
    )`
}
