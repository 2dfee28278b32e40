import type {Escalation} from '../board/escalation.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {requireRow, selectEscalations} from '../store/resources.ts'
import {type Committed, commitChange} from './change.ts'

/**
 * Answers the question, once. Concerns who asked and who was to answer. Throws Problem 'escalation-not-found' or
 * 'escalation-already-responded'.
 */
export async function respondToEscalation(
  db: Database,
  by: Caller,
  escalationId: string,
  response: string,
): Promise<Committed<Escalation>> {
  return commitChange(db, by, async (trx, act) => {
    const open = selectEscalations(trx, by.organization_id).forUpdate()
    const before = await requireRow('escalation', open, escalationId)
    if (before.status === 'responded') {
      throw new Problem(
        'escalation-already-responded',
        'This question has been answered already; read it again.',
        {
          responded_by_user_id: before.responded_by_user_id,
        },
      )
    }
    const answer = {
      status: 'responded',
      response,
      responded_by_user_id: by.user_id,
      responded_at: act.at,
    } as const
    const update = trx
      .updateTable('escalations')
      .set(answer)
      .where('organization_id', '=', by.organization_id)
      .where('id', '=', before.id)
    const escalation = {...before, ...answer}
    const event = {type: 'escalation.responded', ...escalationFacts(escalation, act), escalation} as const
    const members = [before.created_by_user_id, before.assignee_user_id]
    const recipients = members.filter(member => member !== null && member !== by.user_id) as string[]
    return {
      result: escalation,
      events: [{event, recipients: [...new Set(recipients)]}],
      writes: [update],
    }
  })
}
