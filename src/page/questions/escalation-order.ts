/** The order in which the page shows questions. */
import type {Escalation} from '../../client/client.ts'

/**
 * Separates open and answered questions. `open` has the oldest question first. `answered` has the latest answer first.
 * A question in `kept` stays among the open questions after its answer, because the viewer is still writing an answer.
 */
export function escalationsInOrder(
  escalations: readonly Escalation[],
  kept: ReadonlySet<string> = new Set(),
): {open: Escalation[]; answered: Escalation[]} {
  const isOpen = ({id, status}: Escalation) => status === 'open' || kept.has(id)
  const open = escalations.filter(isOpen)
  const answered = escalations.filter(escalation => !isOpen(escalation))
  open.sort((one, other) => (one.created_at < other.created_at ? -1 : 1))
  answered.sort((one, other) => (one.responded_at! > other.responded_at! ? -1 : 1))
  return {open, answered}
}
