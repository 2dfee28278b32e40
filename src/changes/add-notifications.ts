import {type Compilable, sql, type Transaction} from 'kysely'
import type {BoardEvent, LogEntry} from '../board/events.ts'
import type {Notification} from '../board/notification.ts'
import {type NotificationDraft, notificationFor} from '../board/notification-rules.ts'
import {compilable} from '../store/compilable.ts'
import type {NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {lockStream} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'
import {mapInTurns} from './map-in-turns.ts'

interface NotificationRow extends Notification {
  member_id: string
  /** In the list of all events of the change, this is the index of the event that caused the notification. */
  offset: number
}

/**
 * Adds a `notification.created` event for each recipient of a notification. This event follows the event that caused
 * the notification. Returns all events, and the statements that insert the notifications.
 */
export async function addNotifications(
  trx: Transaction<Tables>,
  organizationId: string,
  events: readonly NewEvent[],
): Promise<{events: readonly NewEvent[]; writes: readonly Compilable[]}> {
  const drafts = await mapInTurns(events, ({event, task}) => notificationFor(event, task))
  if (drafts.every(draft => !draft)) return {events, writes: []}

  const rows: NotificationRow[] = []
  const all: NewEvent[] = []
  await mapInTurns(events, (event, index) => {
    const offset = all.length
    all.push(event)
    for (const {member_id, ...notification} of notificationsOf(drafts[index])) {
      rows.push({member_id, ...notification, offset})
      all.push({event: created(event.event, notification), recipients: [member_id]})
    }
  })
  return {events: all, writes: insertNotifications(trx, organizationId, rows)}
}

function notificationsOf(draft: NotificationDraft | undefined) {
  if (!draft) return []
  return draft.recipients.map(member_id => ({member_id, id: newId(), ...draft.content}))
}

/**
 * Returns the `notification.created` event. This event has the same project, sprint, story and task as the event
 * `cause`, so that every id filter that matches `cause` also matches this event.
 */
function created(cause: LogEntry, notification: Notification): BoardEvent {
  const {sprint_id} = cause as {sprint_id?: string}
  const {project_id, story_id, task_id} = notification
  return {
    type: 'notification.created',
    timestamp: cause.timestamp,
    actor_user_id: cause.actor_user_id,
    project_id,
    ...(sprint_id && {sprint_id}),
    ...(story_id && {story_id}),
    ...(task_id && {task_id}),
    notification,
  }
}

function insertNotifications(
  trx: Transaction<Tables>,
  organizationId: string,
  rows: readonly NotificationRow[],
): Compilable[] {
  // The lock on the organization's row in `event_streams` prevents other changes from getting a seq. The events of this
  // change therefore get the seqs directly after the head. The removal of a recipient locks the member before the log, so
  // such a removal can cause a deadlock. Postgres then restarts one of the two changes after a second.
  const lock = lockStream(trx, organizationId)
  const insert = sql`
    insert into notifications (
      organization_id, id, member_id, seq, cause, actor_user_id, project_id, story_id, task_id, comment_id,
      escalation_id, escalation_kind, title, text, created_at, read_at
    )
    select s.organization_id, n.id, n.member_id, s.head + n."offset" + 1, n.cause, n.actor_user_id, n.project_id,
      n.story_id, n.task_id, n.comment_id, n.escalation_id, n.escalation_kind, n.title, n.text, n.created_at, n.read_at
    from event_streams s, json_to_recordset(${JSON.stringify(rows)}::json) as n (
      id uuid, member_id uuid, "offset" int, cause text, actor_user_id uuid, project_id uuid, story_id uuid,
      task_id uuid, comment_id uuid, escalation_id uuid, escalation_kind text, title text, text text,
      created_at timestamptz,
      read_at timestamptz
    )
    where s.organization_id = ${organizationId}`
  return [lock, compilable(trx, insert)]
}
