import {maxPresenceSprints} from '../board/presence.ts'
import {Problem} from '../board/problem.ts'
import type {TicketSelection} from '../board/ticket.ts'

/** Throws Problem 'invalid-request' when a selection has `presence`, but has no sprints or too many sprints. */
export function requireSprints({presence, sprint_id}: Pick<TicketSelection, 'presence' | 'sprint_id'>): void {
  if (!presence || (sprint_id && sprint_id.length <= maxPresenceSprints)) return
  throw new Problem(
    'invalid-request',
    `Presence belongs to a board. With presence, send at least one and at most ${maxPresenceSprints} values of sprint_id.`,
  )
}
