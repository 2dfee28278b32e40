import type {Comment, NewComment} from '../board/comment.ts'
import {taskFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {newId} from '../store/ids.ts'
import {concernOf} from './alter-task.ts'
import {type Committed, commitChange} from './change.ts'
import {lockTask} from './locks.ts'
import {requireMembers} from './require-members.ts'

/**
 * Adds a comment; the task itself stays at its version. Concerns those whom the task concerns, and those who are
 * mentioned. Throws Problem 'task-not-found', or 'member-not-found' for a mention of nobody in the organization.
 */
export async function commentOnTask(
  db: Database,
  by: Caller,
  taskId: string,
  {body, mentions}: NewComment,
): Promise<Committed<Comment>> {
  return commitChange(db, by, async (trx, act) => {
    const task = await lockTask(trx, by.organization_id, taskId)
    await requireMembers(trx, by.organization_id, mentions)
    const comment: Comment = {
      id: newId(),
      task_id: task.id,
      author_user_id: by.user_id,
      body,
      mentions: [...new Set(mentions)],
      created_at: act.at,
    }
    const {recipients, task: taskAtHand} = concernOf(act, task)
    const called = comment.mentions.filter(member => member !== by.user_id)
    return {
      result: comment,
      events: [
        {
          event: {type: 'task.commented', ...taskFacts(task, act), comment},
          recipients: [...new Set([...recipients, ...called])],
          task: taskAtHand,
        },
      ],
      writes: [trx.insertInto('comments').values({organization_id: by.organization_id, ...comment})],
    }
  })
}
