/** The changes of the labels of one task. Members who change different labels at the same time do not conflict. */
import {requireLabels, withLabels} from '../board/label-rules.ts'
import type {Task} from '../board/task.ts'
import {edit} from '../board/task-rules.ts'
import {type Change, changeBy, type ExpectedVersions} from './change.ts'
import {lockAndChangeTask} from './change-task.ts'
import {shareLabels} from './lock-labels.ts'

/**
 * Adds the label to the task, if it does not have the label. Throws Problem 'task-not-found', 'version-mismatch',
 * 'label-not-found' or 'labels-full'.
 */
export function addLabel(taskId: string, labelId: string, expected?: ExpectedVersions): Change<Task> {
  return changeLabels(taskId, labelId, expected, {added: [labelId]})
}

/**
 * Removes the label from the task, if it has the label. Throws Problem 'task-not-found', 'version-mismatch' or
 * 'label-not-found'.
 */
export function removeLabel(taskId: string, labelId: string, expected?: ExpectedVersions): Change<Task> {
  return changeLabels(taskId, labelId, expected, {removed: [labelId]})
}

function changeLabels(
  taskId: string,
  labelId: string,
  expected: ExpectedVersions,
  changes: Parameters<typeof withLabels>[1],
): Change<Task> {
  return changeBy('member', async (trx, caller) => {
    const labels = await shareLabels(trx, caller.organization_id, [labelId])
    return lockAndChangeTask(trx, caller, taskId, expected, (task, action) => {
      requireLabels(labels, [labelId], task.project_id)
      return edit(task, {label_ids: withLabels(task, changes)}, action)
    })
  })
}
