/** The answer to a poll: the events that a stream would have sent, as one JSON document. */
import {z} from 'zod'
import {boardEventSchema} from './events.ts'
import {presenceSchema} from './presence.ts'
import {resetReasons} from './stream-events.ts'

export const pollAnswerSchema = z
  .object({
    events: z
      .array(
        z.object({id: z.string().meta({description: 'The cursor after this event.'})}).and(boardEventSchema),
      )
      .meta({description: 'At most 128 events, in the order of the event log.'}),
    cursor: z.string().meta({
      description:
        'The position after the answer, in the form `<epoch>-<seq>`. Send this cursor as Last-Event-ID of the next poll.',
    }),
    reset: z
      .object({reason: z.enum(resetReasons)})
      .optional()
      .meta({
        description:
          'Present when the events after the requested cursor cannot be delivered. `cursor` is then the head of the event log. Read the board again.',
      }),
    ready: z.boolean().meta({
      description:
        'Whether `cursor` is the head of the event log. If `ready` is false, more events may follow at once.',
    }),
    presence: z.array(presenceSchema).optional().meta({
      description:
        'Who has the boards open now, one item for each sprint. Present when the request has `presence=true`.',
    }),
  })
  .meta({id: 'PollAnswer', description: 'The answer to a poll.'})
