import type {Caller} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import {release} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import type {Committed, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Makes the task available again. Throws Problem 'task-not-owned' or 'not-the-owner'. */
export async function releaseTask(
  db: Database,
  caller: Caller,
  taskId: string,
  expected?: ExpectedVersions,
): Promise<Committed<Task>> {
  return changeTask(db, caller, taskId, expected, release)
}
