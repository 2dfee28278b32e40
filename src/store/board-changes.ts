/** Finds out from the event log whether a board has changed, without reading the board. */
import {type RawBuilder, sql} from 'kysely'
import {type Cursor, resetReasonFor} from '../board/cursor.ts'
import type {Database} from './connection.ts'
import type {LogBounds} from './event-log.ts'

/** The newest change of a board, and the bounds of the log at the same moment. */
export interface BoardChange extends LogBounds {
  /** If the board has changed after this seq, `changed` is the seq of its last change. Earlier changes are unknown. */
  examinedAfter: number
  /** Null when the board has not changed after `examinedAfter`. */
  changed: number | null
}

// The maximum number of events that are examined. Postgres examines this number of events in about a millisecond, which
// is less than the time to read a small board.
const maxExamined = 2_000

/**
 * Finds the newest event that could have changed the board of the sprint: an event about the sprint, about its stories
 * and tasks, about a story or task that left the sprint, about a label of the project, or about a member. Returns
 * undefined when the sprint does not exist.
 */
export function readBoardChange(
  db: Database,
  organizationId: string,
  sprintId: string,
): Promise<BoardChange | undefined> {
  const sprint = sql`from sprints where organization_id = s.organization_id and id = ${sprintId}`
  const changesBoard = sql`sprint_id = ${sprintId} or left_sprint_id = ${sprintId} or type like 'member.%'
    or (type like 'label.%' and project_id = (select project_id ${sprint}))`
  return readChange(db, organizationId, sprint, changesBoard)
}

/**
 * Like `readBoardChange`, for the backlog of a project: finds the newest event of the project, or about a member. Events
 * about its sprints count too, because the log does not show which of them moved a story out of the backlog. Returns
 * undefined when the project does not exist.
 */
export function readBacklogChange(
  db: Database,
  organizationId: string,
  projectId: string,
): Promise<BoardChange | undefined> {
  const project = sql`from projects where organization_id = s.organization_id and id = ${projectId}`
  return readChange(db, organizationId, project, sql`project_id = ${projectId} or type like 'member.%'`)
}

/** `subject` selects the row of the sprint or project, and `changesBoard` is a condition for the rows of events. */
async function readChange(
  db: Database,
  organizationId: string,
  subject: RawBuilder<unknown>,
  changesBoard: RawBuilder<unknown>,
): Promise<BoardChange | undefined> {
  const {rows} = await sql<BoardChange>`
    select s.epoch, s.head, s.oldest, greatest(s.head - ${maxExamined}, s.oldest - 1) as "examinedAfter", (
      select seq from events
      where organization_id = s.organization_id and seq > s.head - ${maxExamined} and seq <= s.head
        and (${changesBoard})
      order by seq desc limit 1
    ) as changed
    from event_streams s
    where s.organization_id = ${organizationId} and exists (select ${subject})`.execute(db)
  return rows[0]
}

/**
 * Returns whether the board at the cursor is the current board. Also returns false when the log does not show whether
 * the board has changed.
 */
export function isUnchangedSince(cursor: Cursor, change: BoardChange): boolean {
  if (resetReasonFor(cursor, change)) return false
  return cursor.seq >= change.examinedAfter && cursor.seq >= (change.changed ?? 0)
}
