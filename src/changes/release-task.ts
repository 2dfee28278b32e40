import type {Task} from '../board/task.ts'
import {release} from '../board/task-rules.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Makes the task available again. Throws Problem 'task-not-owned' or 'not-the-owner'. */
export function releaseTask(taskId: string, expected?: ExpectedVersions): Change<Task> {
  return changeTask(taskId, expected, release)
}
