import type {Caller} from '../board/member.ts'
import type {Task, TaskEdit} from '../board/task.ts'
import {edit} from '../board/task-rules.ts'
import type {Database} from '../store/connection.ts'
import type {Committed, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Replaces the given fields. Every member may edit a task, whether or not they own it. */
export async function editTask(
  db: Database,
  caller: Caller,
  taskId: string,
  fields: TaskEdit,
  expected?: ExpectedVersions,
): Promise<Committed<Task>> {
  return changeTask(db, caller, taskId, expected, (task, action) => edit(task, fields, action))
}
