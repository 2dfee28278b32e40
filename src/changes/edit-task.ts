import type {Caller} from '../board/member.ts'
import type {Task, TaskEdit} from '../board/task.ts'
import {edit} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import {alterTask} from './alter-task.ts'
import type {Committed, ExpectedVersions} from './change.ts'

/** Replaces the given fields, whoever owns the task. */
export async function editTask(
  db: Database,
  by: Caller,
  taskId: string,
  fields: TaskEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Task>> {
  return alterTask(db, by, taskId, expected, (task, act) => edit(task, fields, act))
}
