/** Decides which members receive a notification about an event. */
import type {BoardEvent, LogEntry} from './events.ts'
import {
  maxExcerptLength,
  type Notification,
  type NotificationCause,
  notificationCauses,
} from './notification.ts'
import {truncate} from './truncate.ts'

/** The data that is needed to notify members about an event of a task. */
export interface TaskContext {
  title: string
  /** The ids of the task's owners before and after the change, without duplicates. */
  owners: readonly string[]
}

/** The content and the recipients of a notification. Each recipient gets a separate notification with its own id. */
export interface NotificationDraft {
  /** The ids of the members to notify, without duplicates and without the actor. */
  recipients: readonly string[]
  content: Omit<Notification, 'id'>
}

/** Returns undefined when no member is notified of the event. `task` is required for events about a task. */
export function notificationFor(event: LogEntry, task?: TaskContext): NotificationDraft | undefined {
  if (!isCause(event)) return undefined
  const {members, ...summary} = summarize(event, task)
  const recipients = [...new Set(members)].filter(member => member !== event.actor_user_id)
  if (recipients.length === 0) return undefined
  const {type: cause, actor_user_id, project_id, story_id = null, task_id = null, timestamp} = event
  const none = {comment_id: null, escalation_id: null, escalation_kind: null}
  const subject = {project_id, story_id, task_id, ...none}
  const created = {created_at: timestamp, read_at: null}
  return {recipients, content: {cause, actor_user_id, ...subject, text: null, ...summary, ...created}}
}

type Cause = Extract<BoardEvent, {type: NotificationCause}>

function isCause(event: LogEntry): event is Cause {
  return (notificationCauses as readonly string[]).includes(event.type)
}

type Summary = {members: readonly string[]; title: string} & Partial<
  Pick<Notification, 'text' | 'comment_id' | 'escalation_id' | 'escalation_kind'>
>

/** Returns the members that the event concerns, and the fields that the notification shows. */
function summarize(event: Cause, task: TaskContext | undefined): Summary {
  switch (event.type) {
    case 'escalation.created': {
      const {id, kind, question, assignee_user_id} = event.escalation
      const members = assignee_user_id === null ? [] : [assignee_user_id]
      return {members, escalation_id: id, escalation_kind: kind, title: excerptOf(question)}
    }
    case 'escalation.responded': {
      const {id, kind, question, response, created_by_user_id} = event.escalation
      const members = [created_by_user_id]
      const text = response && excerptOf(response)
      return {members, escalation_id: id, escalation_kind: kind, title: excerptOf(question), text}
    }
  }
  if (!task) throw new Error(`The event ${event.type} requires the title and the owners of its task`)
  const {owners, title} = task
  if (event.type === 'task.commented') {
    const {id, body, mentions} = event.comment
    return {members: [...owners, ...mentions], comment_id: id, title, text: excerptOf(body)}
  }
  if (event.type === 'task.comment.edited') {
    const {id, body} = event.comment
    return {members: event.new_mentions, comment_id: id, title, text: excerptOf(body)}
  }
  // Whoever moves a story can move many tasks, and the work on them stays the same.
  if (event.type === 'task.moved' && event.from_story_id === undefined) return {members: [], title}
  // `owners` contains the new owner and the previous owner of a task that was given to another member.
  return {members: owners, title}
}

/** Returns the beginning of a text, for a notification. */
export function excerptOf(text: string): string {
  return text.length <= maxExcerptLength ? text : `${truncate(text, maxExcerptLength - 1)}…`
}
