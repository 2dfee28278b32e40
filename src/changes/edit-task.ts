import type {Task, TaskEdit} from '../board/task.ts'
import {edit} from '../board/task-rules.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Replaces the given fields. A member can edit every task, even if another member owns the task. */
export function editTask(taskId: string, fields: TaskEdit, expected?: ExpectedVersions): Change<Task> {
  return changeTask(taskId, expected, (task, action) => edit(task, fields, action))
}
