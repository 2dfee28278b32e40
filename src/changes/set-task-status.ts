import type {Caller} from '../board/member.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {setStatus} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import type {Committed, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Throws Problem 'invalid-status-move' with the allowed moves, or 'not-the-owner'. */
export async function setTaskStatus(
  db: Database,
  caller: Caller,
  taskId: string,
  status: TaskStatus,
  expected?: ExpectedVersions,
): Promise<Committed<Task>> {
  return changeTask(db, caller, taskId, expected, (task, action) => setStatus(task, status, action))
}
