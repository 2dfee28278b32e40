/** The changes of the checklist of a task. */
import {
  addItem,
  type ChecklistItemEdit,
  editItem,
  type NewChecklistItem,
  removeItem,
} from '../board/checklist.ts'
import {taskFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import {newId} from '../store/ids.ts'
import type {Change, ExpectedVersions} from './change.ts'
import {changeTask} from './change-task.ts'

/** Adds an item to the checklist. Throws Problem 'checklist-full', and all errors of `changeTask`. */
export function addChecklistItem(
  taskId: string,
  item: NewChecklistItem,
  expected?: ExpectedVersions,
): Change<Task> {
  return changeChecklist(taskId, expected, (task, action) => addItem(task, newId(), item, action))
}

/** Replaces the given fields of an item. Throws Problem 'checklist-item-not-found', and all errors of `changeTask`. */
export function editChecklistItem(
  taskId: string,
  itemId: string,
  fields: ChecklistItemEdit,
  expected?: ExpectedVersions,
): Change<Task> {
  return changeChecklist(taskId, expected, (task, action) => editItem(task, itemId, fields, action))
}

/** Throws Problem 'checklist-item-not-found', and all errors of `changeTask`. */
export function removeChecklistItem(
  taskId: string,
  itemId: string,
  expected?: ExpectedVersions,
): Change<Task> {
  return changeChecklist(taskId, expected, (task, action) => removeItem(task, itemId, action))
}

function changeChecklist(
  taskId: string,
  expected: ExpectedVersions,
  alterTask: (task: Task, action: Action) => Task,
): Change<Task> {
  return changeTask(taskId, expected, (before, action) => {
    const task = alterTask(before, action)
    const event = {type: 'task.updated', ...taskFacts(task, action), task} as const
    return {task, events: task === before ? [] : [event]}
  })
}
