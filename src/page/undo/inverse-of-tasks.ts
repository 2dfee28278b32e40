/** The requests that undo a change of several tasks, as pure functions. */
import type {BoardTask, Me, TaskChanges} from '../../client/client.ts'
import type {TaskField, TasksAct} from './act.ts'
import type {TasksRequest} from './exact-change.ts'
import {type StepBack, stepsBack} from './steps-back.ts'

/**
 * Returns the requests in their order: tasks that change in the same way share a request. Returns undefined when the
 * viewer is not allowed to undo the change of one of the tasks.
 */
export function inverseOfTasks({tasks, fields}: TasksAct, me: Me): TasksRequest[] | undefined {
  const requests = new Map<string, TasksRequest>()
  for (const {before, after} of tasks) {
    const changes = changesBack(before, after, fields, me)
    if (!changes) return undefined
    changes.forEach((change, index) => {
      const key = `${index} ${JSON.stringify(change)}`
      const request = requests.get(key) ?? {taskIds: [], changes: change}
      request.taskIds.push(before.id)
      requests.set(key, request)
    })
  }
  return [...requests.entries()]
    .sort(([one], [other]) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
    .map(([, request]) => request)
}

/** Whether the task still has what the act has set. Labels are merged, so they have no conflicts. */
export function isUnchangedSince(
  current: BoardTask,
  after: BoardTask,
  fields: readonly TaskField[],
): boolean {
  return fields.every(field => field === 'label_ids' || current[field] === after[field])
}

function changesBack(
  before: BoardTask,
  after: BoardTask,
  fields: readonly TaskField[],
  me: Me,
): TaskChanges[] | undefined {
  const steps = fields.includes('status') ? stepsBack(after, before, me) : []
  if (!steps) return undefined
  const edited: TaskChanges = {
    ...(fields.includes('priority') && {priority: before.priority}),
    ...(fields.includes('due_on') && {due_on: before.due_on}),
    ...(fields.includes('story_id') && {story_id: before.story_id}),
    ...(fields.includes('label_ids') && labelsBack(before.label_ids, after.label_ids)),
  }
  return [...(Object.keys(edited).length > 0 ? [edited] : []), ...steps.map(step => changeOf(step, me))]
}

function labelsBack(before: readonly string[], after: readonly string[]): TaskChanges {
  const added = before.filter(id => !after.includes(id))
  const removed = after.filter(id => !before.includes(id))
  return {
    ...(added.length > 0 && {add_label_ids: added}),
    ...(removed.length > 0 && {remove_label_ids: removed}),
  }
}

function changeOf(step: StepBack, me: Me): TaskChanges {
  if (step === 'take') return {owner_user_id: me.user_id}
  if (step === 'release') return {owner_user_id: null}
  return 'give' in step ? {owner_user_id: step.give} : {status: step.status}
}
