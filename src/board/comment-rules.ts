/** The rules for editing and deleting a comment. */
import type {Comment} from './comment.ts'
import type {Caller} from './member.ts'
import {Problem} from './problem.ts'

/** Throws Problem 'not-the-author' when another member wrote the comment. An admin cannot edit it either. */
export function requireAuthor({author_user_id}: Comment, caller: Caller): void {
  if (author_user_id === caller.user_id) return
  throw new Problem('not-the-author', 'Only the author of this comment can edit it.', {author_user_id})
}

/** Returns whether the caller may delete the comment: its author and every admin may delete the comment. */
export function mayDeleteComment(
  {author_user_id}: Pick<Comment, 'author_user_id'>,
  {user_id, role}: Pick<Caller, 'user_id' | 'role'>,
): boolean {
  return author_user_id === user_id || role === 'admin'
}

/** Throws Problem 'not-the-author' when the caller may not delete the comment. */
export function requireDeletableComment(comment: Comment, caller: Caller): void {
  if (mayDeleteComment(comment, caller)) return
  const {author_user_id} = comment
  throw new Problem('not-the-author', 'Only the author of this comment or an admin can delete it.', {
    author_user_id,
  })
}
