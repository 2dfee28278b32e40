import {nextVersion} from '../board/alter.ts'
import {taskFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'
import {concernOf} from './alter-task.ts'
import {type Committed, commitChange, type ExpectedVersions, requireVersion} from './change.ts'
import {lockTask} from './locks.ts'

/** Throws Problem 'task-not-found' or 'version-mismatch'. */
export async function deleteTask(
  db: Database,
  by: Caller,
  taskId: string,
  expected?: ExpectedVersions,
): Promise<Committed<null>> {
  return commitChange(db, by, async (trx, act) => {
    const task = await lockTask(trx, by.organization_id, taskId)
    requireVersion(expected, task.version)
    const deletion = trx
      .deleteFrom('tasks')
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', task.id)
    // The deletion is the task's last change, so it has a version of its own.
    const facts = taskFacts(nextVersion(task, act), act)
    return {
      result: null,
      events: [{event: {type: 'task.deleted', ...facts}, ...concernOf(act, task)}],
      writes: [deletion],
    }
  })
}
