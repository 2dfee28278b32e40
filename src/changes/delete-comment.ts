import {requireDeletableComment} from '../board/comment-rules.ts'
import {discussed} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {lockComment} from './lock-comment.ts'
import {readDiscussion} from './read-discussion.ts'
import {deleteRow, updateNotifiedText, updateRow} from './rows.ts'
import {commentAudience} from './task-audience.ts'
import {bytesOf} from './text-bytes.ts'

/** The author and admins may delete a comment. Throws Problem 'comment-not-found' or 'not-the-author'. */
export function deleteComment(commentId: string): Change<null> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const {task, comment} = await lockComment(trx, organizationId, commentId)
    requireDeletableComment(comment, caller)
    const discussion = discussed(await readDiscussion(trx, organizationId, task), {comments: -1})
    const action = startAction(caller)
    const facts = {...taskFacts(task, action), comment_id: comment.id, ...discussion}
    const audience = commentAudience(action, task, comment.mentions)
    return {
      result: null,
      events: [{event: {type: 'task.comment.deleted', ...facts}, ...audience}],
      writes: [
        deleteRow(trx, 'comments', organizationId, comment.id),
        updateRow(trx, 'tasks', organizationId, task.id, discussion),
        updateNotifiedText(trx, organizationId, comment.id, null),
      ],
      textBytes: -bytesOf(comment.body),
    }
  })
}
