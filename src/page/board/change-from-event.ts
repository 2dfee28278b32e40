import {findTask} from '../../client/board.ts'
import type {Board, BoardEvent} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import type {Change} from '../parts/change-batch.ts'
import {systemActor} from '../parts/words.ts'

/**
 * Returns the change that the event describes. Returns undefined when the viewer caused the event, or when toasts do
 * not show events of this type. `board` is the board before the event. Therefore, `board` also contains a task that
 * the event deletes.
 */
export function changeFromEvent(
  event: BoardEvent,
  board: Board | undefined,
  userId: string,
): Change | undefined {
  if (event.actor_user_id === userId) return undefined
  const actor = event.actor_user_id ? memberName(board?.members ?? [], event.actor_user_id) : systemActor
  switch (event.type) {
    case 'ownership_taken':
    case 'ownership_released':
    case 'task.deleted':
    case 'task.commented': {
      const {type, task_id: taskId} = event
      return {type, actor, subject: taskTitle(board, taskId), taskId}
    }
    case 'status_changed': {
      const {type, task_id: taskId, new_status: newStatus} = event
      return {type, actor, subject: taskTitle(board, taskId), taskId, newStatus}
    }
    case 'task.created':
    case 'task.updated':
    case 'task.moved':
      return {type: event.type, actor, subject: event.task.title, taskId: event.task_id}
    case 'story.status.changed': {
      const {type, story_id, new_status: newStatus} = event
      return {type, actor, subject: storyTitle(board, story_id), newStatus}
    }
    case 'story.created':
    case 'story.updated':
    case 'story.moved':
    case 'story.deleted':
      return {type: event.type, actor, subject: event.story.title}
    case 'sprint.updated':
    case 'sprint.deleted':
      return {type: event.type, actor, subject: event.sprint.name}
    default:
      return undefined
  }
}

function taskTitle(board: Board | undefined, taskId: string): string {
  return findTask(board, taskId)?.title ?? ''
}

function storyTitle(board: Board | undefined, storyId: string): string {
  return board?.stories.find(({id}) => id === storyId)?.title ?? ''
}
