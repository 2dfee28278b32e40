import type {Comment, NewComment} from '../board/comment.ts'
import {discussed} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import {newId} from '../store/ids.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {lockTask} from './locks.ts'
import {readDiscussion} from './read-discussion.ts'
import {requireMembers} from './require-members.ts'
import {updateRow} from './rows.ts'
import {commentAudience} from './task-audience.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Adds a comment. The task's version does not change. Mentioned members are also recipients of the event. Throws
 * Problem 'task-not-found'. Throws Problem 'member-not-found' when a mentioned id does not belong to a member of the
 * organization.
 */
export function commentOnTask(taskId: string, {body, mentions}: NewComment): Change<Comment> {
  return changeBy('member', async (trx, caller) => {
    const task = await lockTask(trx, caller.organization_id, taskId)
    await requireMembers(trx, caller.organization_id, mentions)
    const before = await readDiscussion(trx, caller.organization_id, task)
    const action = startAction(caller)
    const comment: Comment = {
      id: newId(),
      task_id: task.id,
      author_user_id: caller.user_id,
      body,
      mentions: [...new Set(mentions)],
      created_at: action.timestamp,
      edited_at: null,
    }
    const discussion = discussed(before, {comments: 1})
    const event = {type: 'task.commented', ...taskFacts(task, action), comment, ...discussion} as const
    return {
      result: comment,
      events: [{event, ...commentAudience(action, task, comment.mentions)}],
      writes: [
        trx.insertInto('comments').values({organization_id: caller.organization_id, ...comment}),
        updateRow(trx, 'tasks', caller.organization_id, task.id, discussion),
      ],
      textBytes: bytesOf(body),
      counted: [
        {
          setting: 'MAX_COMMENTS_PER_TASK',
          added: 1,
          table: 'comments',
          parent: {column: 'task_id', id: task.id},
        },
      ],
    }
  })
}
