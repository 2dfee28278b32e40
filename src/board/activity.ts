/**
 * An activity is a report from a program about a project, for example about an agent's run, a pull request or a failed
 * workflow.
 */
import {z} from 'zod'
import {id, instant, isWebUrl, name, text} from './fields.ts'

/** The fields of each activity type. An activity and its event both contain these fields. */
export const activityFields = fieldsWith(text)
const newActivityFields = fieldsWith(name)
export type ActivityType = keyof typeof activityFields
const types = Object.keys(activityFields) as ActivityType[]

export const activitySchema = z
  .discriminatedUnion('type', [
    activity('agent.started'),
    activity('agent.completed'),
    activity('pr.created'),
    activity('pr.merged'),
    activity('workflow.error'),
  ])
  .meta({
    id: 'Activity',
    description: 'An activity has an id, and all fields of the event with the same `type` as the activity.',
  })
export type Activity = z.infer<typeof activitySchema>

export const newActivitySchema = z
  .discriminatedUnion(
    'type',
    [
      newActivity('agent.started'),
      newActivity('agent.completed'),
      newActivity('pr.created'),
      newActivity('pr.merged'),
      newActivity('workflow.error'),
    ],
    {error: ({input}) => (isObject(input) ? `must be one of ${types.join(', ')}` : undefined)},
  )
  .meta({id: 'NewActivity'})
export type NewActivity = z.infer<typeof newActivitySchema>

const maxActivitiesPerRequest = 500 // the database needs about a second to insert 500 activities

/** One activity, or a batch of activities. A batch is stored completely or not at all. */
export const newActivitiesSchema = z.union(
  [newActivitySchema, z.array(newActivitySchema).min(1).max(maxActivitiesPerRequest)],
  {error: `must be an activity, or an array of 1 to ${maxActivitiesPerRequest} activities`},
)

/** Returns the fields of each type of activity. `nameOf` returns the schema of a name, a title or a URL. */
function fieldsWith(nameOf: typeof text) {
  const agent = nameOf({min: 1, max: 100, trim: true})
  /** The agent chooses this id. A run starts once and completes once. */
  const run_id = nameOf({min: 1, max: 200, trim: true})
  const pr = z.strictObject({
    number: z.int().min(1),
    title: nameOf({min: 1, max: 1_000, trim: true}),
    url: nameOf({min: 1, max: 2_000})
      .refine(isWebUrl, {message: 'must be an http or https URL'})
      .meta({format: 'uri'}),
    author: nameOf({min: 1, max: 100, trim: true}),
  })
  return {
    'agent.started': {agent, run_id},
    'agent.completed': {agent, run_id, outcome: z.enum(['succeeded', 'failed', 'cancelled'])},
    'pr.created': {pr},
    'pr.merged': {pr},
    'workflow.error': {
      workflow: nameOf({min: 1, max: 200, trim: true}),
      message: text({min: 1, max: 10_000}),
    },
  } as const
}

function activity<const T extends ActivityType>(type: T) {
  const shared = {id, timestamp: instant, actor_user_id: id.nullable(), project_id: id}
  return z.object({type: z.literal(type), ...shared, ...activityFields[type]})
}

function newActivity<const T extends ActivityType>(type: T) {
  return z.strictObject({type: z.literal(type), ...newActivityFields[type]})
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
