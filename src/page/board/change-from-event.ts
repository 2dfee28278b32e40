import {findTask} from '../../client/board.ts'
import type {Board, BoardEvent} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {systemActor} from '../parts/words.ts'
import type {Change} from './acts.ts'

/**
 * Returns the change that the event describes. Returns undefined when the viewer caused the event, from any tab or
 * device, or when notes do not show events of this type. `board` is the board before the event. Therefore, `board` also
 * contains a task that the event deletes.
 */
export function changeFromEvent(
  event: BoardEvent,
  board: Board | undefined,
  userId: string,
): Change | undefined {
  const {actor_user_id: actorId, timestamp} = event
  if (actorId === userId) return undefined
  const actor = actorId ? memberName(board?.members ?? [], actorId) : systemActor
  const who = {actorId, actor, timestamp}
  switch (event.type) {
    case 'ownership_taken':
    case 'ownership_released':
    case 'task.deleted':
    case 'task.commented': {
      const {type, task_id: targetId} = event
      return {type, ...who, targetId, subject: taskTitle(board, targetId)}
    }
    case 'ownership_transferred': {
      const {type, task_id: targetId, owner_user_id: ownerId} = event
      const to = ownerId === userId ? 'you' : memberName(board?.members ?? [], ownerId)
      return {type, ...who, targetId, subject: taskTitle(board, targetId), to}
    }
    case 'status_changed': {
      const {type, task_id: targetId, new_status: newStatus} = event
      return {type, ...who, targetId, subject: taskTitle(board, targetId), newStatus}
    }
    case 'task.created':
    case 'task.updated':
    case 'task.moved':
      return {type: event.type, ...who, targetId: event.task_id, subject: event.task.title}
    case 'story.status.changed': {
      const {type, story_id: targetId, new_status: newStatus} = event
      return {type, ...who, targetId, subject: storyTitle(board, targetId), newStatus}
    }
    case 'story.moved': {
      const {type, story_id: targetId, story, to_sprint_id: sprintId} = event
      const isHere = sprintId === board?.sprint.id
      const to = sprintId === null ? 'the backlog' : isHere ? 'this sprint' : 'another sprint'
      return {type, ...who, targetId, subject: story.title, to}
    }
    case 'story.created':
    case 'story.updated':
    case 'story.deleted':
      return {type: event.type, ...who, targetId: event.story_id, subject: event.story.title}
    case 'sprint.status.changed': {
      const {type, sprint_id: targetId, old_status: oldStatus, new_status: newStatus} = event
      return {type, ...who, targetId, subject: event.sprint.name, oldStatus, newStatus}
    }
    case 'sprint.updated':
    case 'sprint.deleted':
      return {type: event.type, ...who, targetId: event.sprint_id, subject: event.sprint.name}
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
