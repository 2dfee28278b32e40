import type {Escalation} from '../board/escalation.ts'
import type {Caller} from '../board/member.ts'

/** The recipients of a response are the assignee and the member who raised the escalation, without the caller. */
export function escalationRecipients(
  {created_by_user_id, assignee_user_id}: Escalation,
  caller: Caller,
): string[] {
  const members = new Set([created_by_user_id, assignee_user_id])
  return [...members].filter(member => member !== null && member !== caller.user_id) as string[]
}
