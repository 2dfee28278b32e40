import {z} from 'zod'
import {day, id, instant, prose, title, version} from './fields.ts'

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

export const newSprintSchema = z
  .strictObject({
    name: title,
    goal: prose.default(''),
    starts_on: day.nullable().default(null),
    ends_on: day.nullable().default(null),
  })
  .refine(({starts_on, ends_on}) => !starts_on || !ends_on || starts_on <= ends_on, {
    path: ['ends_on'],
    message: 'A sprint must not end before it starts',
  })
export type NewSprint = z.infer<typeof newSprintSchema>
