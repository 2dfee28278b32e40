import {z} from 'zod'
import {day, id, instant, newTitle, prose, title, version} from './fields.ts'
import {Problem} from './problem.ts'

export const sprintStatuses = ['planned', 'active', 'closed'] as const
export const sprintStatus = z.enum(sprintStatuses)
export type SprintStatus = z.infer<typeof sprintStatus>

export const sprintSchema = z
  .object({
    id,
    project_id: id,
    name: title,
    goal: prose,
    starts_on: day.nullable(),
    ends_on: day.nullable(),
    status: sprintStatus,
    started_at: instant
      .nullable()
      .meta({description: 'When the sprint was started for the first time. Null before.'}),
    closed_at: instant.nullable().meta({description: 'Null while the sprint is not closed.'}),
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

export const newSprintStatusSchema = z
  .strictObject({
    status: sprintStatus,
    open_to_sprint_id: id.nullable().optional().meta({
      description:
        'Only with `closed`: the sprint to which the open stories move. Null is the backlog. Default null.',
    }),
  })
  .refine(({status, open_to_sprint_id}) => status === 'closed' || open_to_sprint_id == null, {
    path: ['open_to_sprint_id'],
    message: 'can only be used with the status closed',
  })
  .meta({id: 'NewSprintStatus'})
export type NewSprintStatus = z.infer<typeof newSprintStatusSchema>

/** What a sprint contained at the end of a day, or when it was closed. */
const totalsSchema = z.object({
  task_count: z.int().min(0).meta({
    description:
      'Without cancelled tasks, and without tasks that were completed before the sprint was started. The other totals do not contain these tasks either.',
  }),
  completed_task_count: z.int().min(0),
  estimated_hours: z
    .number()
    .min(0)
    .meta({description: 'The sum of the estimates. Tasks without an estimate count as 0.'}),
  completed_hours: z.number().min(0),
})
export type SprintTotals = z.infer<typeof totalsSchema>

/** What a closed sprint contained before its open stories moved, and what moved. */
export const sprintSummarySchema = totalsSchema
  .extend({
    to_sprint_id: id.nullable().meta({description: 'Null when the open stories moved to the backlog.'}),
    moved_story_count: z.int().min(0),
    moved_task_count: z.int().min(0),
  })
  .meta({id: 'SprintSummary'})

export const sprintDaySchema = totalsSchema.extend({day}).meta({id: 'SprintDay'})
export type SprintDay = z.infer<typeof sprintDaySchema>

export const burndownSchema = z
  .object({
    sprint_id: id,
    days: z.array(sprintDaySchema).meta({
      description:
        'In the order of time. Empty before the sprint is started. A day without an entry was not recorded; clients show it like the day before. The last entry is the state of now, or the state when the sprint was closed.',
    }),
  })
  .meta({id: 'Burndown'})
export type Burndown = z.infer<typeof burndownSchema>

export const velocitySchema = z
  .object({
    project_id: id,
    sprints: z
      .array(totalsSchema.extend({sprint_id: id, name: title, closed_at: instant}).meta({id: 'ClosedSprint'}))
      .meta({description: 'The closed sprints, with the last one first. At most 50.'}),
  })
  .meta({id: 'Velocity'})
export type Velocity = z.infer<typeof velocitySchema>

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
