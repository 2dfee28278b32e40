import {accessChange} from '../board/access.ts'
import {type MemberDetails, type Role, requireOtherAdmin} from '../board/member.ts'
import {type Change, changeBy, startAction} from './change.ts'
import {lockMembers} from './lock-members.ts'
import {updateRow} from './rows.ts'

/**
 * Sets the role of the member. This role takes precedence over the role in the member's tokens, and over the role of
 * the member's API key. When `role` is null, the role of the tokens or of the API key applies again. Only admins may
 * set a role. Throws Problem 'member-not-found' or 'last-admin'.
 */
export function setRole(memberId: string, role: Role | null): Change<MemberDetails> {
  return changeBy('admin', async (trx, caller) => {
    const organizationId = caller.organization_id
    const {member: before, setRole, ownRole, admins} = await lockMembers(trx, caller, memberId)
    if (role === setRole) return {result: before, events: []}
    const member = {...before, role: role ?? ownRole}
    if (member.role !== 'admin') requireOtherAdmin(admins, before)
    const {timestamp} = startAction(caller)
    const event = accessChange({timestamp, actor_user_id: caller.user_id}, [memberId], null)
    return {
      result: member,
      events: [{event}],
      writes: [updateRow(trx, 'members', organizationId, memberId, {set_role: role})],
    }
  })
}
