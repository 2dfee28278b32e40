/** An escalation: a question that blocks work, and the response to the question. */
import {z} from 'zod'
import {id, instant, text} from './fields.ts'

const escalationStatuses = ['open', 'responded'] as const
export const escalationStatus = z.enum(escalationStatuses)

const question = text({min: 1, max: 10_000})
const response = text({min: 1, max: 10_000})

export const escalationSchema = z
  .object({
    id,
    project_id: id,
    /**
     * The story and the task that the question is about. The story or the task may have been deleted after the question
     * was asked.
     */
    story_id: id.nullable(),
    task_id: id.nullable(),
    question,
    status: escalationStatus,
    assignee_user_id: id.nullable(),
    created_by_user_id: id,
    response: response.nullable(),
    responded_by_user_id: id.nullable(),
    created_at: instant,
    responded_at: instant.nullable(),
  })
  .meta({id: 'Escalation'})
export type Escalation = z.infer<typeof escalationSchema>

export const newEscalationSchema = z.strictObject({
  question,
  story_id: id.nullable().default(null),
  task_id: id.nullable().default(null),
  assignee_user_id: id.nullable().default(null),
})
export type NewEscalation = z.infer<typeof newEscalationSchema>

export const escalationResponseSchema = z.strictObject({response})
