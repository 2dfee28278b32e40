import {type Compilable, sql, type Transaction} from 'kysely'
import {endRequest} from '../board/escalation-rules.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Action} from '../board/member.ts'
import type {BoardTask} from '../board/task.ts'
import {isHeld} from '../board/task-rules.ts'
import type {NewEvent} from '../store/event-log.ts'
import {selectEscalations} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {escalationRecipients} from './escalation-recipients.ts'
import {updateRow} from './rows.ts'

export interface EndedRequests {
  events: NewEvent[]
  writes: Compilable[]
}

/**
 * When the change takes the locked task away from its owner, ends the open requests for its release. `exceptId` is the id
 * of the request that the change answers.
 */
export async function endReleaseRequests(
  trx: Transaction<Tables>,
  action: Action,
  before: BoardTask,
  after: BoardTask,
  exceptId?: string,
): Promise<EndedRequests> {
  const keepsOwner = isHeld(after) && after.owner_user_id === before.owner_user_id
  // Without an open question, there is no open request.
  if (!isHeld(before) || keepsOwner || before.open_question_count === 0) return {events: [], writes: []}
  const {organization_id} = action.caller
  const open = await selectEscalations(trx, organization_id)
    .where('task_id', '=', before.id)
    .where('status', '=', 'open')
    .where('kind', '=', 'release')
    .where(sql<boolean>`id is distinct from ${exceptId ?? null}::uuid`)
    .orderBy('id')
    .forUpdate()
    .execute()
  const ended = open.map(request => endRequest(request, action))
  return {
    events: ended.map(escalation => ({
      event: {type: 'escalation.responded', ...escalationFacts(escalation, action), escalation},
      recipients: escalationRecipients(escalation, action.caller),
    })),
    writes: ended.map(({id, status, responded_by_user_id, responded_at}) =>
      updateRow(trx, 'escalations', organization_id, id, {status, responded_by_user_id, responded_at}),
    ),
  }
}
