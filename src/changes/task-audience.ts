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

function distinct(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter(id => id !== null)
}
