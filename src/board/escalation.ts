/** An escalation: a question that blocks work, and the response to the question. */
import {z} from 'zod'
import {id, instant, text} from './fields.ts'

const escalationStatuses = ['open', 'responded'] as const
export const escalationStatus = z.enum(escalationStatuses)

/** `release`: the member asks the owner of the task for the task. The assignee is the owner at the time of the request. */
export const escalationKind = z.enum(['question', 'release'])

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
    kind: escalationKind,
    question,
    status: escalationStatus,
    assignee_user_id: id.nullable(),
    created_by_user_id: id,
    response: response.nullable(),
    approved: z.boolean().nullable().meta({
      description:
        'Whether the owner has approved the release. Null for questions, while the request is open, and when the task had another owner before the response.',
    }),
    responded_by_user_id: id.nullable(),
    created_at: instant,
    responded_at: instant.nullable(),
  })
  .meta({id: 'Escalation'})
export type Escalation = z.infer<typeof escalationSchema>

export const newEscalationSchema = z.strictObject({
  kind: escalationKind.default('question'),
  question,
  story_id: id.nullable().default(null),
  task_id: id.nullable().default(null),
  assignee_user_id: id.nullable().default(null),
})
export type NewEscalation = z.infer<typeof newEscalationSchema>

/** A question needs `response`. A request for a release needs `approved`, and may have a text in `response`. */
export const escalationResponseSchema = z.union(
  [z.strictObject({response}), z.strictObject({approved: z.boolean(), response: response.optional()})],
  {error: 'must contain response for a question, or approved for a request for a release'},
)
export type EscalationResponse = z.infer<typeof escalationResponseSchema>
