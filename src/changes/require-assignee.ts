import type {Transaction} from 'kysely'
import type {MemberDetails} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {selectMemberDetails} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/**
 * Throws Problem 'member-not-found' when the organization has no member with this id. Throws Problem
 * 'assignee-is-viewer' when the member is a viewer, because viewers may not respond to escalations and may not own tasks.
 * If an admin has set a role for the member, this role applies. Otherwise, the role in the member's newest token or API
 * key applies. The next token of the member may contain another role.
 */
export async function requireAssignee(
  trx: Transaction<Tables>,
  organizationId: string,
  memberId: string,
): Promise<void> {
  requirePresentMember(await selectPresent(trx, organizationId, memberId).executeTakeFirst(), memberId)
}

/** Like `requireAssignee`, and keeps the member from being removed before the transaction ends. */
export async function lockAssignee(
  trx: Transaction<Tables>,
  organizationId: string,
  memberId: string,
): Promise<void> {
  const member = await selectPresent(trx, organizationId, memberId).forKeyShare('m').executeTakeFirst()
  requirePresentMember(member, memberId)
}

function selectPresent(trx: Transaction<Tables>, organizationId: string, memberId: string) {
  return selectMemberDetails(trx, organizationId)
    .where('m.id', '=', memberId)
    .where('m.removed_at', 'is', null)
}

function requirePresentMember(member: Pick<MemberDetails, 'role'> | undefined, memberId: string): void {
  const fields = {user_id: memberId}
  if (!member) throw new Problem('member-not-found', 'The organization has no member with this id.', fields)
  if (member.role !== 'viewer') return
  throw new Problem(
    'assignee-is-viewer',
    'This member is a viewer. Viewers cannot respond to questions and cannot own tasks. Choose another member.',
    fields,
  )
}
