import {z} from 'zod'
import {day, id, instant, prose, title, version} from './fields.ts'
import {Problem} from './problem.ts'

export const sprintSchema = z
  .object({
    id,
    project_id: id,
    name: title,
    goal: prose,
    starts_on: day.nullable(),
    ends_on: day.nullable(),
    version,
    created_at: instant,
    updated_at: instant,
  })
  .meta({id: 'Sprint'})
export type Sprint = z.infer<typeof sprintSchema>

const mustEndAfterStart = {path: ['ends_on'], message: 'A sprint must not end before it starts'}

export const newSprintSchema = z
  .strictObject({
    name: title,
    goal: prose.default(''),
    starts_on: day.nullable().default(null),
    ends_on: day.nullable().default(null),
  })
  .refine(endsAfterStart, mustEndAfterStart)
export type NewSprint = z.infer<typeof newSprintSchema>

export const sprintEditSchema = z
  .strictObject({name: title, goal: prose, starts_on: day.nullable(), ends_on: day.nullable()})
  .partial()
export type SprintEdit = z.infer<typeof sprintEditSchema>

/** Throws Problem 'invalid-request' where an edit of one day has left them in the wrong order. */
export function requireDays(sprint: Sprint): void {
  if (endsAfterStart(sprint)) return
  const {path, message} = mustEndAfterStart
  throw new Problem('invalid-request', `${message}.`, {errors: [{path: path.join('.'), message}]})
}

function endsAfterStart({starts_on, ends_on}: Pick<Sprint, 'starts_on' | 'ends_on'>): boolean {
  return !starts_on || !ends_on || starts_on <= ends_on
}
