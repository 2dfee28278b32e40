import type {Escalation, EscalationResponse} from '../board/escalation.ts'
import {respond} from '../board/escalation-rules.ts'
import {escalationFacts} from '../board/facts.ts'
import type {Task} from '../board/task.ts'
import {give} from '../board/task-rules.ts'
import {requireRow, selectEscalations} from '../store/resources.ts'
import {type Change, changeBy, type Effects, startAction} from './change.ts'
import {changeQuestions} from './change-questions.ts'
import {updateTask} from './change-task.ts'
import {endReleaseRequests} from './end-release-requests.ts'
import {escalationRecipients} from './escalation-recipients.ts'
import {lockTaskIfPresent} from './locks.ts'
import {lockAssignee} from './require-assignee.ts'
import {updateRow} from './rows.ts'
import {taskAudience} from './task-audience.ts'
import {bytesOf} from './text-bytes.ts'

/**
 * Responds to an open escalation. When the owner of a task approves its release, the member who asked becomes the owner.
 * When the task has another owner meanwhile, the request ends without an approval. The recipients of the event are the
 * assignee and the member who raised the escalation. Throws Problem 'escalation-not-found', 'member-not-found',
 * 'assignee-is-viewer' and the errors of `respond`.
 */
export function respondToEscalation(escalationId: string, input: EscalationResponse): Change<Escalation> {
  return changeBy('member', async (trx, caller) => {
    const {organization_id} = caller
    const escalations = selectEscalations(trx, organization_id)
    const {task_id, kind, created_by_user_id} = await requireRow('escalation', escalations, escalationId)
    const gives = kind === 'release' && 'approved' in input && input.approved
    if (gives) await lockAssignee(trx, organization_id, created_by_user_id)
    const task = await lockTaskIfPresent(trx, organization_id, task_id)
    const before = await requireRow('escalation', escalations.forUpdate(), escalationId)
    const action = startAction(caller)
    const escalation = respond(before, input, task, action)
    const {status, response, approved, responded_by_user_id, responded_at} = escalation
    const responded = {status, response, approved, responded_by_user_id, responded_at}
    const event = {type: 'escalation.responded', ...escalationFacts(escalation, action), escalation} as const
    const given = approved && task ? await transfer(task) : {events: [], writes: [], ended: 0, task}
    const ofTask = await changeQuestions(trx, action, given.task, -1 - given.ended)
    return {
      result: escalation,
      events: [
        {event, recipients: escalationRecipients(escalation, caller)},
        ...given.events,
        ...ofTask.events,
      ],
      writes: [
        updateRow(trx, 'escalations', organization_id, before.id, responded),
        ...given.writes,
        ...ofTask.writes,
      ],
      textBytes: bytesOf(response ?? ''),
    }

    /** Makes the member who asked the owner of the task, and ends the other requests. */
    async function transfer(held: Task): Promise<Effects & {ended: number; task: Task}> {
      const {task: after, events} = give(held, created_by_user_id, action, null)
      const others = await endReleaseRequests(trx, action, held, after, before.id)
      const audience = taskAudience(action, held, after)
      return {
        task: after,
        ended: others.events.length,
        events: [...events.map(event => ({event, ...audience})), ...others.events],
        writes: [updateTask(trx, organization_id, after), ...others.writes],
      }
    }
  })
}
