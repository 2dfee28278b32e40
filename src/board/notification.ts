/** A notification informs a member about another member's action, for example about a comment on the member's task. */
import {z} from 'zod'
import {parseCursor} from './cursor.ts'
import {escalationKind} from './escalation.ts'
import {id, instant, text} from './fields.ts'

/** The event types that create notifications. `notification-rules.ts` decides which members are notified. */
export const notificationCauses = [
  'ownership_released',
  'ownership_transferred',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.moved',
  'task.commented',
  'task.comment.edited',
  'escalation.created',
  'escalation.responded',
] as const
export type NotificationCause = (typeof notificationCauses)[number]

export const maxExcerptLength = 200 // in UTF-16 code units; a longer text is cut and ends with an ellipsis
const excerpt = text({min: 1, max: maxExcerptLength})

export const notificationSchema = z
  .object({
    id,
    cause: z
      .enum(notificationCauses)
      .meta({description: 'The type of the event that caused the notification.'}),
    actor_user_id: id.nullable(),
    /** The resources that the notification is about. Each of these resources may have been deleted after the event. */
    project_id: id,
    story_id: id.nullable(),
    task_id: id.nullable(),
    comment_id: id.nullable(),
    escalation_id: id.nullable(),
    escalation_kind: escalationKind.nullable().meta({
      description:
        'The kind of the escalation. Null when there is none, and when the notification is older than this field.',
    }),
    title: excerpt.meta({
      description: 'The title of the task. For an escalation: the beginning of the question.',
    }),
    text: excerpt.nullable().meta({
      description:
        'The beginning of the comment or of the response. Null when there is no comment and no response, and after the comment was deleted.',
    }),
    created_at: instant,
    read_at: instant.nullable(),
  })
  .meta({id: 'Notification'})
export type Notification = z.infer<typeof notificationSchema>

/**
 * The maximum number of ids in one `notification.read` event. If a request marks more than this number of notifications
 * as read, several events are appended.
 */
export const maxIdsPerReadEvent = 1_000

export const readUpToSchema = z.strictObject({
  up_to: z
    .string()
    .refine(value => parseCursor(value) !== undefined, {
      message: 'must be a cursor in the form <epoch>-<seq>',
    })
    .meta({
      description:
        'A cursor. Use the `Event-Id` header of `GET /notifications`, or the id of an event in a stream.',
    }),
})
