import {z} from 'zod'
import {day, id, instant, newTitle, prose, title, version} from './fields.ts'
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

const dayOrderError = {path: ['ends_on'], message: 'must not be before starts_on'}

export const newSprintSchema = z
  .strictObject({
    name: newTitle,
    goal: prose.default(''),
    starts_on: day.nullable().default(null),
    ends_on: day.nullable().default(null),
  })
  .refine(isInDayOrder, dayOrderError)
export type NewSprint = z.infer<typeof newSprintSchema>

export const sprintEditSchema = z
  .strictObject({name: newTitle, goal: prose, starts_on: day.nullable(), ends_on: day.nullable()})
  .partial()
export type SprintEdit = z.infer<typeof sprintEditSchema>

/**
 * Throws Problem 'invalid-request' when the sprint ends before it starts. An edit may omit one of the two dates, so the
 * schema of the edit cannot always compare the dates.
 */
export function requireDayOrder(sprint: Sprint): void {
  if (isInDayOrder(sprint)) return
  const {path, message} = dayOrderError
  throw new Problem('invalid-request', 'ends_on must not be before starts_on.', {
    errors: [{path: path.join('.'), message}],
  })
}

function isInDayOrder({starts_on, ends_on}: Pick<Sprint, 'starts_on' | 'ends_on'>): boolean {
  return !starts_on || !ends_on || starts_on <= ends_on
}
