/** Tickets open streams for clients that cannot set headers. */
import {z} from 'zod'
import {eventTypes, topics} from './events.ts'
import {id, instant} from './fields.ts'

const ids = z.array(id).min(1).optional()

/** The selection that all streams of the ticket use. */
export const newTicketSchema = z
  .strictObject({
    topics: z
      .array(z.enum(topics))
      .min(1)
      .default([...topics])
      .meta({description: 'Default: all topics.'}),
    project_id: ids,
    sprint_id: ids,
    story_id: ids,
    task_id: ids,
    types: z.array(z.enum(eventTypes)).min(1).optional(),
    presence: z.boolean().optional(),
  })
  .meta({
    id: 'NewTicket',
    description:
      'The events that the streams of the ticket deliver. Each field has the meaning of the parameter with the same name.',
  })
export type TicketSelection = z.output<typeof newTicketSchema>

export const ticketSchema = z
  .object({
    ticket: z
      .string()
      .meta({description: 'The value of the parameter `ticket`. The server never returns this value again.'}),
    expires_at: instant.nullable().meta({
      description:
        'The end of the credential of this request. The ticket and its streams end at this time at the latest. Null when the credential has no end.',
    }),
  })
  .meta({id: 'Ticket'})
export type Ticket = z.output<typeof ticketSchema>
