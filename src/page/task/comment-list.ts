/** The list of the comments of a task, as responses and events change it. */
import type {BoardEvent, Comment} from '../../client/client.ts'

export type CommentEvent = Extract<
  BoardEvent,
  {type: 'task.commented' | 'task.comment.edited' | 'task.comment.deleted'}
>

export function isCommentEvent(event: BoardEvent): event is CommentEvent {
  return (
    event.type === 'task.commented' ||
    event.type === 'task.comment.edited' ||
    event.type === 'task.comment.deleted'
  )
}

/** Returns the comments after the event. When nothing changes, returns the same array. */
export function withCommentEvent(known: Comment[], event: CommentEvent): Comment[] {
  if (event.type === 'task.comment.deleted') return withoutComment(known, event.comment_id)
  return event.type === 'task.commented'
    ? withComment(known, event.comment)
    : withEdited(known, event.comment)
}

/**
 * Adds the comment, or replaces an earlier version of it. A new comment of the viewer arrives twice: in the response and on
 * the stream.
 */
export function withComment(known: Comment[], comment: Comment): Comment[] {
  return known.some(({id}) => id === comment.id) ? withEdited(known, comment) : [...known, comment]
}

/** Replaces an earlier version of the comment. A deleted comment stays deleted when its edit arrives later. */
export function withEdited(known: Comment[], comment: Comment): Comment[] {
  const index = known.findIndex(({id}) => id === comment.id)
  const isNewer = index !== -1 && (comment.edited_at ?? '') > (known[index]!.edited_at ?? '')
  return isNewer ? known.with(index, comment) : known
}

export function withoutComment(known: Comment[], commentId: string): Comment[] {
  return known.some(({id}) => id === commentId) ? known.filter(({id}) => id !== commentId) : known
}
