import {Problem} from '../board/problem.ts'
import type {TicketSelection} from '../board/ticket.ts'

/** Throws Problem 'invalid-request' when a selection has `presence`, but not exactly one sprint. */
export function requireOneSprint({
  presence,
  sprint_id,
}: Pick<TicketSelection, 'presence' | 'sprint_id'>): void {
  if (!presence || sprint_id?.length === 1) return
  throw new Problem(
    'invalid-request',
    'The presence is that of one board. Send presence=true together with exactly one sprint_id.',
  )
}
