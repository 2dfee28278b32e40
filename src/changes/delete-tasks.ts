import type {Task} from '../board/task.ts'
import {requireVersions, type TaskDeletions} from '../board/task-batch.ts'
import {requireDeletable} from '../board/task-rules.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {decideForAll} from './decide-for-all.ts'
import {taskDeletions} from './delete-task.ts'
import {lockTasksAndBlocked} from './lock-blocked.ts'

/**
 * Deletes all of the tasks, or none. Throws Problem 'version-mismatch'. Throws Problem 'tasks-not-changed', which contains
 * the Problems of the tasks, when one or more of the tasks cannot be deleted.
 */
export function deleteTasks({task_ids, if_versions}: TaskDeletions): Change<null> {
  const ids = [...new Set(task_ids)]
  return changeBy('member', async (trx, caller) => {
    const {tasks, mayBlock} = await lockTasksAndBlocked(trx, caller.organization_id, ids)
    requireVersions(tasks, if_versions)
    const decide = (task: Task) => {
      requireDeletable([task], caller)
      return task
    }
    const deletable = await decideForAll(ids, tasks, decide, 'deleted')
    return {result: null, ...(await taskDeletions(trx, startAction(caller), deletable, mayBlock))}
  })
}
