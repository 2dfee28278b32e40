import type {Transaction} from 'kysely'
import {discussed} from '../board/discussion.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import type {Tables} from '../store/tables.ts'
import type {Effects} from './change.ts'
import {updateRow} from './rows.ts'

/**
 * Changes the number of open questions of a locked task. Without a task, changes nothing: the question is about no task,
 * or the task was deleted.
 */
export function changeQuestions(
  trx: Transaction<Tables>,
  action: Action,
  task: Task | undefined,
  openQuestions: 1 | -1,
): Pick<Effects, 'events' | 'writes'> {
  if (!task) return {events: [], writes: []}
  const discussion = discussed(task, {openQuestions})
  return {
    events: [{event: {type: 'task.questions.changed', ...taskFacts(task, action), ...discussion}}],
    writes: [updateRow(trx, 'tasks', action.caller.organization_id, task.id, discussion)],
  }
}
