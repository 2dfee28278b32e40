/** Notifications report to a member what other members did that concerns this member. */
import {z} from 'zod'
import {parseCursor} from './cursor.ts'
import {id, instant, text} from './fields.ts'

/** The event types that create notifications; `notification-rules.ts` decides for which members. */
export const notificationCauses = [
  'ownership_released',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.moved',
  'task.commented',
  'escalation.created',
  'escalation.responded',
] as const
export type NotificationCause = (typeof notificationCauses)[number]

export const maxExcerptLength = 200 // UTF-16 code units; a longer title or text ends in an ellipsis
const excerpt = text({min: 1, max: maxExcerptLength})

export const notificationSchema = z
  .object({
    id,
    cause: z
      .enum(notificationCauses)
      .meta({description: 'The type of the event that caused the notification.'}),
    actor_user_id: id.nullable(),
    /** The resources that the notification is about. Each of them may have been deleted since. */
    project_id: id,
    story_id: id.nullable(),
    task_id: id.nullable(),
    comment_id: id.nullable(),
    escalation_id: id.nullable(),
    title: excerpt.meta({description: 'The title of the task, or the start of the question.'}),
    text: excerpt.nullable().meta({description: 'The start of the comment or the response.'}),
    created_at: instant,
    read_at: instant.nullable(),
  })
  .meta({id: 'Notification'})
export type Notification = z.infer<typeof notificationSchema>

/** The maximum number of ids in one `notification.read` event. A larger request appends several events. */
export const maxIdsPerReadEvent = 1_000

export const readUpToSchema = z.strictObject({
  up_to: z
    .string()
    .refine(value => parseCursor(value) !== undefined, {message: 'must be a cursor: <epoch>-<seq>'})
    .meta({description: 'A cursor: the `Event-Id` header of the list, or the id of an event.'}),
})
