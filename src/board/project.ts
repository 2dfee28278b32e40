import {z} from 'zod'
import {id, instant, text, title, version} from './fields.ts'

/** The phase of a project. Each team chooses the names of its phases. */
export const phase = z
  .string()
  .trim()
  .pipe(text({min: 1, max: 40}))

export const projectSchema = z
  .object({id, name: title, phase, version, created_at: instant, updated_at: instant})
  .meta({id: 'Project'})
export type Project = z.infer<typeof projectSchema>

export const newProjectSchema = z.strictObject({name: title, phase: phase.default('planning')})
export type NewProject = z.infer<typeof newProjectSchema>

export const projectEditSchema = z.strictObject({name: title, phase}).partial()
export type ProjectEdit = z.infer<typeof projectEditSchema>
