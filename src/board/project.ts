import {z} from 'zod'
import {id, instant, name, newTitle, text, title, version} from './fields.ts'
import type {TaskStatus} from './task.ts'
import {projectKey} from './task-key.ts'

const phaseLimits = {min: 1, max: 40, trim: true}
/** The phase of a project. Each team chooses the names of its phases. */
export const phase = text(phaseLimits)
const newPhase = name(phaseLimits)

const limit = z.int().min(1).max(999)
const limits = {
  available: limit,
  owned: limit,
  in_progress: limit,
  completed: limit,
  failed: limit,
  cancelled: limit,
} satisfies Record<TaskStatus, typeof limit>
const wipLimits = z.object(limits).partial().meta({
  description:
    'For each status, how many tasks a board should contain at most. A status without a limit is missing. The limits are for display: no change is rejected because of them.',
})

export const projectSchema = z
  .object({
    id,
    key: projectKey,
    name: title,
    phase,
    wip_limits: wipLimits,
    version,
    created_at: instant,
    updated_at: instant,
  })
  .meta({id: 'Project'})
export type Project = z.infer<typeof projectSchema>

export const newProjectSchema = z.strictObject({
  name: newTitle,
  phase: newPhase.default('planning'),
  key: projectKey.optional().meta({description: 'Default: a key from the letters of the name.'}),
})
export type NewProject = z.infer<typeof newProjectSchema>

export const projectEditSchema = z
  .strictObject({
    name: newTitle,
    phase: newPhase,
    wip_limits: z.strictObject(limits).partial().meta({description: 'Replaces all limits.'}),
  })
  .partial()
export type ProjectEdit = z.infer<typeof projectEditSchema>
