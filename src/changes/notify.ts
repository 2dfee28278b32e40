/** Notifications of a change: who is called by its events finds one that waits, and is told of it at once. */
import {type Compilable, sql, type Transaction} from 'kysely'
import type {BoardEvent} from '../board/events.ts'
import type {Notification} from '../board/notification.ts'
import {type Notice, noticeOf} from '../board/notification-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'

/** A notification, for whom, and how many events of the change stand before its cause. */
interface NotificationRow extends Notification {
  member_id: string
  offset: number
}

/** The events of a change with those that tell of its notifications, and the writes that keep these. */
export function notify(
  trx: Transaction<Tables>,
  organizationId: string,
  events: readonly NewEvent[],
): {events: readonly NewEvent[]; writes: Compilable[]} {
  const notices = events.map(({event, task}) => noticeOf(event, task))
  if (notices.every(notice => !notice)) return {events, writes: []}

  const rows: NotificationRow[] = []
  const all: NewEvent[] = []
  for (const [index, event] of events.entries()) {
    const offset = all.length
    all.push(event)
    for (const {member_id, ...notification} of notificationsOf(notices[index])) {
      rows.push({member_id, ...notification, offset})
      all.push({event: created(event.event, notification), recipients: [member_id]})
    }
  }
  return {events: all, writes: insertNotifications(trx, organizationId, rows)}
}

function notificationsOf(notice: Notice | undefined) {
  if (!notice) return []
  return notice.members.map(member_id => ({member_id, id: newId(), ...notice.content}))
}

/** Where the cause has a place, its notification has the same, so that one filter wants both. */
function created(cause: BoardEvent, notification: Notification): BoardEvent {
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
  // The seqs of the causes are those that come next, once nobody else can be allotted any.
  const lock = trx
    .selectFrom('event_streams')
    .select('head')
    .where('organization_id', '=', organizationId)
    .forUpdate()
  const insert = sql`
    insert into notifications (
      organization_id, id, member_id, seq, cause, actor_user_id, project_id, story_id, task_id, comment_id,
      escalation_id, title, text, created_at, read_at
    )
    select s.organization_id, n.id, n.member_id, s.head + n."offset" + 1, n.cause, n.actor_user_id, n.project_id,
      n.story_id, n.task_id, n.comment_id, n.escalation_id, n.title, n.text, n.created_at, n.read_at
    from event_streams s, json_to_recordset(${JSON.stringify(rows)}::json) as n (
      id uuid, member_id uuid, "offset" int, cause text, actor_user_id uuid, project_id uuid, story_id uuid,
      task_id uuid, comment_id uuid, escalation_id uuid, title text, text text, created_at timestamptz,
      read_at timestamptz
    )
    where s.organization_id = ${organizationId}`
  return [lock, {compile: () => insert.compile(trx)}]
}
