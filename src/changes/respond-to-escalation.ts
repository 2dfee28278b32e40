import type {Escalation} from '../board/escalation.ts'
import {respond} from '../board/escalation-rules.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {requireRow, selectEscalations} from '../store/resources.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {changeQuestions} from './change-questions.ts'
import {lockTaskIfPresent} from './locks.ts'
import {updateRow} from './rows.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Responds to an open escalation. The recipients of the event are the assignee and the member who raised the
 * escalation. Throws Problem 'escalation-not-found', and the errors of `respond`.
 */
export function respondToEscalation(escalationId: string, response: string): Change<Escalation> {
  return changeBy('member', async (trx, caller) => {
    const escalations = selectEscalations(trx, caller.organization_id)
    const {task_id} = await requireRow('escalation', escalations, escalationId)
    const task = await lockTaskIfPresent(trx, caller.organization_id, task_id)
    const before = await requireRow('escalation', escalations.forUpdate(), escalationId)
    const action = startAction(caller)
    const escalation = respond(before, response, action)
    const {status, responded_by_user_id, responded_at} = escalation
    const responded = {status, response, responded_by_user_id, responded_at}
    const event = {type: 'escalation.responded', ...escalationFacts(escalation, action), escalation} as const
    const ofTask = await changeQuestions(trx, action, task, -1)
    return {
      result: escalation,
      events: [{event, recipients: recipientsOf(escalation, caller)}, ...ofTask.events],
      writes: [updateRow(trx, 'escalations', caller.organization_id, before.id, responded), ...ofTask.writes],
      textBytes: bytesOf(response),
    }
  })
}

function recipientsOf({created_by_user_id, assignee_user_id}: Escalation, caller: Caller): string[] {
  const members = new Set([created_by_user_id, assignee_user_id])
  return [...members].filter(member => member !== null && member !== caller.user_id) as string[]
}
