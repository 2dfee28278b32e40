/** What waits for a member: something that concerns them, which another did while they may have been away. */
import {z} from 'zod'
import {parseCursor} from './cursor.ts'
import {id, instant, text} from './fields.ts'

/** The types of the events that give rise to notifications; `notification-rules.ts` says for whom. */
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

/** Characters of a title or a text at the most; what is longer ends in an ellipsis. */
export const longestExcerpt = 200
const excerpt = text({min: 1, max: longestExcerpt})

export const notificationSchema = z
  .object({
    id,
    cause: z.enum(notificationCauses).meta({description: 'The type of the event that it tells of.'}),
    actor_user_id: id.nullable(),
    /** What it is about; these may have been deleted since. */
    project_id: id,
    story_id: id.nullable(),
    task_id: id.nullable(),
    comment_id: id.nullable(),
    escalation_id: id.nullable(),
    title: excerpt.meta({description: 'Of the task, or how the question begins.'}),
    text: excerpt.nullable().meta({description: 'How the comment or the response begins.'}),
    created_at: instant,
    read_at: instant.nullable(),
  })
  .meta({id: 'Notification'})
export type Notification = z.infer<typeof notificationSchema>

/** Notifications in one `notification.read`; who reads more at once is told by several. */
export const maxReadAtOnce = 1_000

export const readUpToSchema = z.strictObject({
  up_to: z
    .string()
    .refine(value => parseCursor(value) !== undefined, {message: 'Must be a cursor, <epoch>-<seq>'})
    .meta({description: 'A cursor: `Event-Id` of the list, or the id of an event.'}),
})
