/** Reads the events of a log that match a selection. The database sends only the matching events. */
import {sql} from 'kysely'
import type {Database} from './connection.ts'
import {bytesBefore, dataBytesOf, type LogBounds, type LogPage, type LogRecord} from './event-log.ts'

/** The conditions of a selection. An event must match all conditions that are not null. */
export interface EventFilter {
  /** An event matches when it has one of these types, or when `recipient` is one of its recipients. */
  topicTypes: readonly string[]
  /** The id of a member. Null when the recipients of an event do not matter. */
  recipient: string | null
  /** Null accepts every type. */
  types: readonly string[] | null
  /**
   * If `project_id`, `sprint_id`, `story_id` or `task_id` is null, every id matches this field. An event that belongs
   * to no project matches every value of these fields. The event of a label matches every sprint, story and task. The
   * event of an import matches every story and task. `comparedFilters` in `board/selection.ts` has the same rule.
   */
  project_id: readonly string[] | null
  /** An event matches when the list contains the sprint of the event, or the sprint that the story or task has left. */
  sprint_id: readonly string[] | null
  /** Like `sprint_id`, for the story of the event, or the story that the task has left. */
  story_id: readonly string[] | null
  task_id: readonly string[] | null
}

/** The part of the log that a statement examines, and the limits at which the statement stops. */
export interface SelectedRange {
  after: number
  upTo: number
  /** The maximum number of matching events. */
  limit: number
  /** The page ends as soon as the data of its matching events has this number of bytes or more. */
  maxBytes: number
}

/**
 * Returns the events with after < seq <= upTo that match the filter, ascending, within the limits of the range. Also
 * returns the bounds of the log. One statement reads the events and the bounds, so the events and the bounds are
 * consistent. Compare `after` with `oldest` to see whether events were pruned.
 */
export async function readSelected(
  db: Database,
  organizationId: string,
  filter: EventFilter,
  {after, upTo, limit, maxBytes}: SelectedRange,
): Promise<LogPage> {
  const {rows} = await sql<LogBounds & (LogRecord | {seq: null})>`
    select s.epoch, s.head, s.oldest, e.seq, e.type, e.project_id, e.sprint_id, e.left_sprint_id, e.story_id,
      e.left_story_id, e.task_id, e.recipients, e.data
    from event_streams s left join lateral (
      select *, ${bytesBefore} as bytes_before from (
        select * from events
        where organization_id = s.organization_id and seq > ${after} and seq <= ${upTo}
          and (type = any (${filter.topicTypes}::text[]) or ${filter.recipient}::uuid = any (recipients))
          and (${filter.types}::text[] is null or type = any (${filter.types}::text[]))
          and (project_id is null or (
            (${filter.project_id}::uuid[] is null or project_id = any (${filter.project_id}::uuid[]))
            and (type like 'label.%' or (
              (${filter.sprint_id}::uuid[] is null or sprint_id = any (${filter.sprint_id}::uuid[])
                or left_sprint_id = any (${filter.sprint_id}::uuid[]))
              and (type = 'board.imported' or (
                (${filter.story_id}::uuid[] is null or story_id = any (${filter.story_id}::uuid[])
                  or left_story_id = any (${filter.story_id}::uuid[]))
                and (${filter.task_id}::uuid[] is null or task_id = any (${filter.task_id}::uuid[]))
              ))
            ))
          ))
        order by seq limit ${limit}
      ) matching
    ) e on e.bytes_before < ${maxBytes}
    where s.organization_id = ${organizationId}
    order by e.seq`.execute(db)
  const first = rows[0]
  if (!first) throw new Error(`Organization ${organizationId} has no event stream`)
  const {epoch, head, oldest} = first
  const records = rows.flatMap(row => (row.seq === null ? [] : [toRecord(row)]))
  const isFull = records.length === limit || dataBytesOf(records) >= maxBytes
  return {epoch, head, oldest, records, upTo: isFull ? records.at(-1)!.seq : Math.min(upTo, head)}
}

function toRecord({epoch: _, head: __, oldest: ___, ...record}: LogBounds & LogRecord): LogRecord {
  return record
}
