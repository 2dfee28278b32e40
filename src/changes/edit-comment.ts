import type {Comment, CommentEdit} from '../board/comment.ts'
import {requireAuthor} from '../board/comment-rules.ts'
import {discussed} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import {excerptOf} from '../board/notification-rules.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {lockComment} from './lock-comment.ts'
import {readDiscussion} from './read-discussion.ts'
import {requireMembers} from './require-members.ts'
import {updateNotifiedText, updateRow} from './rows.ts'
import {commentAudience} from './task-audience.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Replaces the given fields of the comment. Only the author may edit a comment. Members whom the comment did not mention
 * before are notified. Throws Problem 'comment-not-found' or 'not-the-author'. Throws Problem 'member-not-found' when a
 * newly mentioned id does not belong to a member of the organization.
 */
export function editComment(commentId: string, edit: CommentEdit): Change<Comment> {
  return changeBy('member', async (trx, caller) => {
    const organizationId = caller.organization_id
    const {task, comment: before} = await lockComment(trx, organizationId, commentId)
    requireAuthor(before, caller)
    const body = edit.body ?? before.body
    const mentions = [...new Set(edit.mentions ?? before.mentions)]
    if (body === before.body && mentions.join() === before.mentions.join())
      return {result: before, events: []}
    const new_mentions = mentions.filter(member => !before.mentions.includes(member))
    await requireMembers(trx, organizationId, new_mentions)
    const discussion = discussed(await readDiscussion(trx, organizationId, task), {})

    const action = startAction(caller)
    const edited = {body, mentions, edited_at: action.timestamp}
    const comment: Comment = {...before, ...edited}
    const facts = {...taskFacts(task, action), comment, new_mentions, ...discussion}
    // Members whom the comment no longer mentions learn of the edit too.
    const audience = commentAudience(action, task, [...before.mentions, ...new_mentions])
    return {
      result: comment,
      events: [{event: {type: 'task.comment.edited', ...facts}, ...audience}],
      writes: [
        updateRow(trx, 'comments', organizationId, comment.id, edited),
        updateRow(trx, 'tasks', organizationId, task.id, discussion),
        ...(body === before.body
          ? []
          : [updateNotifiedText(trx, organizationId, comment.id, excerptOf(body))]),
      ],
      textBytes: bytesOf(body) - bytesOf(before.body),
    }
  })
}
