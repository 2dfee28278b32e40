/** The order in which the page shows questions. */
import type {Escalation} from '../../client/client.ts'

/**
 * Separates open and answered questions. `open` has the oldest question first. `answered` has the latest answer first.
 */
export function escalationsInOrder(escalations: readonly Escalation[]): {
  open: Escalation[]
  answered: Escalation[]
} {
  const open = escalations.filter(({status}) => status === 'open')
  const answered = escalations.filter(({status}) => status !== 'open')
  open.sort((one, other) => (one.created_at < other.created_at ? -1 : 1))
  answered.sort((one, other) => (one.responded_at! > other.responded_at! ? -1 : 1))
  return {open, answered}
}
