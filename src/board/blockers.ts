/** The blockers of a task, as its fields. */
import {z} from 'zod'
import {id} from './fields.ts'

export const blockerFields = {
  blocked_by_task_ids: z.array(id).meta({
    description: 'The tasks that must be closed before this task, sorted. They belong to the same project.',
  }),
  open_blocker_count: z.int().min(0).meta({
    description: 'The number of blockers that are neither completed nor cancelled.',
  }),
}
export type Blockers = z.infer<z.ZodObject<typeof blockerFields>>

/** The blockers of a new task. */
export const noBlockers: Blockers = {blocked_by_task_ids: [], open_blocker_count: 0}
