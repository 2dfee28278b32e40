import type {Task, TaskStatus} from '../board/task.ts'
import {setStatus} from '../board/task-rules.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/**
 * Throws Problem 'not-the-owner' or 'invalid-status-move'. The Problem 'invalid-status-move' contains the allowed
 * statuses.
 */
export function setTaskStatus(taskId: string, status: TaskStatus, expected?: ExpectedVersions): Change<Task> {
  return changeTask(taskId, expected, (task, action) => setStatus(task, status, action))
}
