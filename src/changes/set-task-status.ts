import type {Caller} from '../board/member.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import {setStatus} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import {alterTask} from './alter-task.ts'
import type {Committed, ExpectedVersions} from './change.ts'

/** Throws Problem 'invalid-status-move' with the moves that are allowed, or 'not-the-owner'. */
export async function setTaskStatus(
  db: Database,
  by: Caller,
  taskId: string,
  status: TaskStatus,
  expected?: ExpectedVersions,
): Promise<Committed<Task>> {
  return alterTask(db, by, taskId, expected, (task, act) => setStatus(task, status, act))
}
