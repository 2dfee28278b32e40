import type {Escalation} from '../board/escalation.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {requireRow, selectEscalations} from '../store/resources.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {updateRow} from './rows.ts'

/**
 * Responds to an open escalation. The recipients of the event are the assignee and the member who raised the
 * escalation. Throws Problem 'escalation-not-found' or 'escalation-already-responded'.
 */
export function respondToEscalation(escalationId: string, response: string): Change<Escalation> {
  return changeBy('member', async (trx, caller) => {
    const escalations = selectEscalations(trx, caller.organization_id).forUpdate()
    const before = await requireRow('escalation', escalations, escalationId)
    requireOpen(before)
    const action = startAction(caller)
    const responded = {
      status: 'responded',
      response,
      responded_by_user_id: caller.user_id,
      responded_at: action.timestamp,
    } as const
    const escalation = {...before, ...responded}
    const event = {type: 'escalation.responded', ...escalationFacts(escalation, action), escalation} as const
    return {
      result: escalation,
      events: [{event, recipients: recipientsOf(escalation, caller)}],
      writes: [updateRow(trx, 'escalations', caller.organization_id, before.id, responded)],
    }
  })
}

function requireOpen({status, responded_by_user_id}: Escalation): void {
  if (status === 'open') return
  throw new Problem(
    'escalation-already-responded',
    'This escalation already has a response. Read the escalation again.',
    {responded_by_user_id},
  )
}

function recipientsOf({created_by_user_id, assignee_user_id}: Escalation, caller: Caller): string[] {
  const members = new Set([created_by_user_id, assignee_user_id])
  return [...members].filter(member => member !== null && member !== caller.user_id) as string[]
}
