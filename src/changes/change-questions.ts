import type {Transaction} from 'kysely'
import {type Discussion, discussed} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import type {Tables} from '../store/tables.ts'
import type {Effects} from './change.ts'
import {readDiscussion} from './read-discussion.ts'
import {updateRow} from './rows.ts'

/**
 * Changes the number of open questions of a locked task. Without a task, changes nothing: the question is about no task,
 * or the task was deleted.
 */
export async function changeQuestions(
  trx: Transaction<Tables>,
  action: Action,
  task: BoardTask | undefined,
  openQuestions: number,
): Promise<Pick<Effects, 'events' | 'writes'> & {discussion?: Discussion}> {
  if (!task) return {events: [], writes: []}
  const {organization_id} = action.caller
  const discussion = discussed(await readDiscussion(trx, organization_id, task), {openQuestions})
  return {
    discussion,
    events: [{event: {type: 'task.questions.changed', ...taskFacts(task, action), ...discussion}}],
    writes: [updateRow(trx, 'tasks', organization_id, task.id, discussion)],
  }
}
