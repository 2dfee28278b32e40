/** Which events call whom: the one place where that is decided. */
import type {BoardEvent} from './events.ts'
import {
  longestExcerpt,
  type Notification,
  type NotificationCause,
  notificationCauses,
} from './notification.ts'
import {truncate} from './truncate.ts'

/** What an event of a task does not say of the task itself. */
export interface TaskAtHand {
  title: string
  /** Who has the task, and who had it before the change. */
  owners: readonly string[]
}

/** What an event tells those whom it calls. */
export interface Notice {
  /** Each once; never the actor. */
  members: readonly string[]
  content: Omit<Notification, 'id'>
}

/** The notice that the event gives, undefined when it calls nobody. `task` is the one that it is of. */
export function noticeOf(event: BoardEvent, task?: TaskAtHand): Notice | undefined {
  if (!isCause(event)) return undefined
  const {called, ...words} = callOf(event, task)
  const members = [...new Set(called)].filter(member => member !== event.actor_user_id)
  if (members.length === 0) return undefined
  const {type: cause, actor_user_id, project_id, story_id = null, task_id = null, timestamp} = event
  const place = {project_id, story_id, task_id, comment_id: null, escalation_id: null}
  const content = {cause, actor_user_id, ...place, text: null, ...words, created_at: timestamp, read_at: null}
  return {members, content}
}

type Cause = Extract<BoardEvent, {type: NotificationCause}>

function isCause(event: BoardEvent): event is Cause {
  return (notificationCauses as readonly string[]).includes(event.type)
}

type Call = {called: readonly string[]; title: string} & Partial<
  Pick<Notification, 'text' | 'comment_id' | 'escalation_id'>
>

function callOf(event: Cause, task: TaskAtHand | undefined): Call {
  switch (event.type) {
    case 'escalation.created': {
      const {id, question, assignee_user_id} = event.escalation
      return {called: present([assignee_user_id]), escalation_id: id, title: excerptOf(question)}
    }
    case 'escalation.responded': {
      const {id, question, response, created_by_user_id} = event.escalation
      const text = response && excerptOf(response)
      return {called: [created_by_user_id], escalation_id: id, title: excerptOf(question), text}
    }
  }
  if (!task) throw new Error(`${event.type} was to be appended without the task that it is of`)
  const {owners, title} = task
  if (event.type !== 'task.commented') return {called: owners, title}
  const {id, body, mentions} = event.comment
  return {called: [...owners, ...mentions], comment_id: id, title, text: excerptOf(body)}
}

function present(members: readonly (string | null)[]): string[] {
  return members.filter(member => member !== null)
}

/** The start of a long text, with an ellipsis. */
function excerptOf(text: string): string {
  if (text.length <= longestExcerpt) return text
  return `${truncate(text, longestExcerpt - 1)}…`
}
