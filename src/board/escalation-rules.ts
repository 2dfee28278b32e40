/** The rules for responding to an escalation. Each rule is a pure function of the escalation and the action. */
import type {Escalation} from './escalation.ts'
import type {Action, Caller} from './member.ts'
import {Problem} from './problem.ts'

/**
 * Returns whether the caller may respond: the assignee and admins may respond. When the escalation has no assignee,
 * every member may respond.
 */
export function mayRespond(
  {assignee_user_id}: Pick<Escalation, 'assignee_user_id'>,
  {user_id, role}: Pick<Caller, 'user_id' | 'role'>,
): boolean {
  if (role !== 'member') return role === 'admin'
  return assignee_user_id === null || assignee_user_id === user_id
}

/**
 * Returns the escalation with the response. Throws Problem 'escalation-already-responded' when the escalation already
 * has a response. Throws Problem 'not-the-assignee' when the caller may not respond.
 */
export function respond(escalation: Escalation, response: string, {caller, timestamp}: Action): Escalation {
  const {status, assignee_user_id, responded_by_user_id} = escalation
  if (status !== 'open') {
    throw new Problem(
      'escalation-already-responded',
      'This escalation already has a response. Read the escalation again.',
      {responded_by_user_id},
    )
  }
  if (!mayRespond(escalation, caller)) {
    throw new Problem(
      'not-the-assignee',
      'Only the assignee of this escalation or an admin can respond to this escalation.',
      {assignee_user_id},
    )
  }
  return {
    ...escalation,
    status: 'responded',
    response,
    responded_by_user_id: caller.user_id,
    responded_at: timestamp,
  }
}
