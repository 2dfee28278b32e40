import type {Transaction} from 'kysely'
import type {Comment} from '../board/comment.ts'
import type {Task} from '../board/task.ts'
import {requireFound, requireRow, selectComments} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {lockTaskIfPresent} from './locks.ts'

/**
 * Locks the task of the comment. Every change of a comment locks the task first, so the comment itself needs no lock.
 * Throws Problem 'comment-not-found'.
 */
export async function lockComment(
  trx: Transaction<Tables>,
  organizationId: string,
  commentId: string,
): Promise<{task: Task; comment: Comment}> {
  const comments = selectComments(trx, organizationId)
  const {task_id} = await requireRow('comment', comments, commentId)
  const task = requireFound('comment', await lockTaskIfPresent(trx, organizationId, task_id))
  // The comment may have changed before its task was locked.
  return {task, comment: await requireRow('comment', comments, commentId)}
}
