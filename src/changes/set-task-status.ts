import type {Task, TaskStatus} from '../board/task.ts'
import {setStatus} from '../board/task-rules.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Throws Problem 'invalid-status-move' with the allowed statuses, or 'not-the-owner'. */
export function setTaskStatus(taskId: string, status: TaskStatus, expected?: ExpectedVersions): Change<Task> {
  return changeTask(taskId, expected, (task, action) => setStatus(task, status, action))
}
