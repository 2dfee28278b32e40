import {z} from 'zod'
import {id, instant, name, newTitle, text, title, version} from './fields.ts'
import {projectKey} from './task-key.ts'

const phaseLimits = {min: 1, max: 40, trim: true}
/** The phase of a project. Each team chooses the names of its phases. */
export const phase = text(phaseLimits)
const newPhase = name(phaseLimits)

export const projectSchema = z
  .object({id, key: projectKey, name: title, phase, version, created_at: instant, updated_at: instant})
  .meta({id: 'Project'})
export type Project = z.infer<typeof projectSchema>

export const newProjectSchema = z.strictObject({
  name: newTitle,
  phase: newPhase.default('planning'),
  key: projectKey.optional().meta({description: 'Default: a key from the letters of the name.'}),
})
export type NewProject = z.infer<typeof newProjectSchema>

export const projectEditSchema = z.strictObject({name: newTitle, phase: newPhase}).partial()
export type ProjectEdit = z.infer<typeof projectEditSchema>
