/** The rules for responding to an escalation. Each rule is a pure function of the escalation and the action. */
import type {Escalation, EscalationResponse} from './escalation.ts'
import type {Action, Caller} from './member.ts'
import {Problem} from './problem.ts'
import type {BoardTask} from './task.ts'
import {isHeld} from './task-rules.ts'

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
 * Returns the escalation with the response. `task` is the task of the escalation, or undefined when the escalation has no
 * task. When the task of a request for a release no longer belongs to the assignee, the request ends without an approval.
 * Throws Problem 'escalation-already-responded' when the escalation already has a response. Throws Problem
 * 'not-the-assignee' when the caller may not respond. Throws Problem 'invalid-request' when the response is of the wrong
 * kind.
 */
export function respond(
  escalation: Escalation,
  input: EscalationResponse,
  task: BoardTask | undefined,
  action: Action,
): Escalation {
  const {status, kind, assignee_user_id, responded_by_user_id} = escalation
  if (status !== 'open') {
    throw new Problem(
      'escalation-already-responded',
      'This escalation already has a response. Read the escalation again.',
      {responded_by_user_id},
    )
  }
  if (!mayRespond(escalation, action.caller)) {
    throw new Problem(
      'not-the-assignee',
      'Only the assignee of this escalation or an admin can respond to this escalation.',
      {assignee_user_id},
    )
  }
  if (kind === 'release') {
    if (!('approved' in input)) throw missing('approved', 'This is a request for a release. Send approved.')
    const isOfOwner = task !== undefined && isHeld(task) && task.owner_user_id === assignee_user_id
    const approved = isOfOwner ? input.approved : null
    return {...endRequest(escalation, action), response: input.response ?? null, approved}
  }
  if ('approved' in input) throw missing('response', 'This is a question. Send only response.')
  return {...endRequest(escalation, action), response: input.response}
}

/** Returns the escalation without an answer, after the task of the request has got another owner. */
export function endRequest(escalation: Escalation, {caller, timestamp}: Action): Escalation {
  return {
    ...escalation,
    status: 'responded',
    responded_by_user_id: caller.user_id,
    responded_at: timestamp,
  }
}

/**
 * Returns the owner of the task, who decides about the release. Throws Problem 'task-not-owned' when the task has no
 * owner. Throws Problem 'task-already-owned' when the caller is the owner.
 */
export function ownerToAsk(task: BoardTask, {user_id}: Pick<Caller, 'user_id'>): string {
  const {owner_user_id, status} = task
  if (!owner_user_id || !isHeld(task)) {
    throw new Problem('task-not-owned', `The task has no owner, because its status is ${status}.`, {
      task_status: status,
    })
  }
  if (owner_user_id !== user_id) return owner_user_id
  throw new Problem('task-already-owned', 'You already own this task.', {owner_user_id, owner_name: null})
}

function missing(path: string, detail: string): Problem {
  return new Problem('invalid-request', detail, {errors: [{path, message: detail}]})
}
