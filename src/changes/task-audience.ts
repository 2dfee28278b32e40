import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import type {NewEvent} from '../store/event-log.ts'

type TaskAudience = Required<Pick<NewEvent, 'recipients' | 'task'>>

/**
 * The recipients of a task event are the creator of the task, the owner before the change, and the owner after the
 * change. The caller is not a recipient.
 */
export function taskAudience({caller}: Action, before: BoardTask, after: BoardTask = before): TaskAudience {
  const owners = distinct([before.owner_user_id, after.owner_user_id])
  const recipients = distinct([...owners, after.created_by_user_id]).filter(id => id !== caller.user_id)
  return {recipients, task: {title: after.title, owners}}
}

/** Like `taskAudience`. The mentioned members are recipients too. */
export function commentAudience(action: Action, task: BoardTask, mentions: readonly string[]): TaskAudience {
  const audience = taskAudience(action, task)
  const mentioned = mentions.filter(id => id !== action.caller.user_id)
  return {...audience, recipients: distinct([...audience.recipients, ...mentioned])}
}

function distinct(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter(id => id !== null)
}
