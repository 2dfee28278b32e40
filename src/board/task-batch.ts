/** The schemas of the requests that change or delete several tasks. */
import {z} from 'zod'
import {id, version} from './fields.ts'
import {Problem} from './problem.ts'
import {maxLabels, type Task, taskSchema, taskStatus} from './task.ts'

const maxTasks = 100

const {priority, due_on, estimated_hours} = taskSchema.shape
const labelIds = z.array(id).max(maxLabels)

const batch = {
  task_ids: z.array(id).min(1).max(maxTasks).meta({
    description: 'The tasks. They can belong to several projects. An id that is repeated counts once.',
  }),
  if_versions: z.record(id, version).optional().meta({
    description:
      'The expected versions of tasks, by the id of the task. Tasks that are not listed are not checked. If a task has another version, nothing is changed, and the response is 412 `version-mismatch`.',
  }),
}

const taskChangesSchema = z
  .strictObject({
    status: taskStatus,
    owner_user_id: id.nullable().meta({
      description:
        'The member who becomes the owner, like `PUT /tasks/{id}/ownership`. Null releases the tasks. A task without an owner is not changed.',
    }),
    priority,
    due_on,
    estimated_hours,
    story_id: id.meta({description: 'Moves the tasks to this story of their project, and to its sprint.'}),
    add_label_ids: labelIds.meta({
      description: 'The labels to add. They must belong to the project of the tasks.',
    }),
    remove_label_ids: labelIds.meta({
      description: 'The labels to remove. They must belong to the project of the tasks.',
    }),
  })
  .partial()
  .refine(changes => Object.keys(changes).length > 0, {message: 'must contain at least one change'})
  .refine(
    ({add_label_ids = [], remove_label_ids = []}) => !add_label_ids.some(id => remove_label_ids.includes(id)),
    {
      message: 'must not contain a label in both add_label_ids and remove_label_ids',
    },
  )
  .meta({id: 'TaskChanges', description: 'The changes of each task. At least one field is required.'})
export type TaskChanges = z.infer<typeof taskChangesSchema>

export const taskBatchSchema = z
  .strictObject({...batch, changes: taskChangesSchema})
  .refine(namesOnlyItsTasks, {message: 'if_versions must contain only ids of task_ids'})
export type TaskBatch = z.infer<typeof taskBatchSchema>

export const taskDeletionsSchema = z
  .strictObject(batch)
  .refine(namesOnlyItsTasks, {message: 'if_versions must contain only ids of task_ids'})
export type TaskDeletions = z.infer<typeof taskDeletionsSchema>

export const changedTasksSchema = z.object({tasks: z.array(taskSchema)}).meta({
  id: 'ChangedTasks',
  description: 'The tasks of the request after the change, in the order of `task_ids`.',
})

interface Batch {
  task_ids: readonly string[]
  if_versions?: Readonly<Record<string, number>> | undefined
}

function namesOnlyItsTasks({task_ids, if_versions = {}}: Batch): boolean {
  return Object.keys(if_versions).every(id => task_ids.includes(id))
}

/**
 * Throws Problem 'version-mismatch' when one or more of the tasks no longer have the expected version. The Problem
 * contains the current versions of these tasks.
 */
export function requireVersions(tasks: readonly Task[], expected: Batch['if_versions'] = {}): void {
  const changed = tasks.filter(({id, version}) => (expected[id] ?? version) !== version)
  if (changed.length === 0) return
  throw new Problem(
    'version-mismatch',
    `Nothing was changed, because ${changed.length} of the tasks changed since they were read. Read them again.`,
    {tasks: changed.map(({id, version}) => ({task_id: id, version}))},
  )
}
