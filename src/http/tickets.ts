import {newTicketSchema, ticketSchema} from '../board/ticket.ts'
import {issueTicket} from '../identity/tickets.ts'
import {requireFewFilters} from './filter-values.ts'
import {requireSprints} from './require-sprints.ts'
import {route} from './route.ts'

export const ticketRoutes = [
  route({
    method: 'post',
    path: '/events/tickets',
    operationId: 'requestTicket',
    tag: 'Streams',
    summary: 'Request a ticket.',
    description: 'A client that cannot set headers can open a stream with this ticket.',
    role: 'viewer',
    body: newTicketSchema,
    success: 201,
    omitsEventId: true,
    response: ticketSchema,
    async issue({body: selection, caller, grant, expiresAt}, {db, quotas}) {
      requireFewFilters(selection, quotas.MAX_FILTER_VALUES)
      requireSprints(selection)
      return issueTicket(db, {organizationId: caller.organization_id, grant, expiresAt, selection})
    },
  }),
]
