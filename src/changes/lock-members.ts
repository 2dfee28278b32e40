import {sql, type Transaction} from 'kysely'
import {type Caller, type MemberDetails, type Role, requireRole} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {invalidApiKey} from '../identity/api-keys.ts'
import {memberRemoved} from '../identity/members.ts'
import {anyOf, selectMemberDetails} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

export interface LockedMembers {
  member: MemberDetails
  /** The role that an admin has set, or null. */
  setRole: Role | null
  /** The role of the API key or of the newest token. Null when this role is unknown. */
  ownRole: Role | null
  /**
   * All admins of the organization that are not API keys. The list also contains `member` and the caller, even if they
   * are not admins.
   */
  admins: readonly MemberDetails[]
}

/**
 * Locks the caller with a shared lock, so that nobody can remove the caller before the transaction ends. Throws Problem
 * 'member-removed'.
 */
export async function shareCaller(trx: Transaction<Tables>, caller: Caller): Promise<void> {
  const present = await trx
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', caller.organization_id)
    .where('id', '=', caller.user_id)
    .where('removed_at', 'is', null)
    .forKeyShare()
    .executeTakeFirst()
  if (!present) throw memberRemoved()
}

/**
 * Throws unless the caller has the role now, and keeps the caller from being removed before the transaction ends. Use it in
 * long work, during which the role can change. Throws Problem 'member-removed', 'invalid-api-key' or 'role-insufficient'.
 */
export async function requireRoleNow(trx: Transaction<Tables>, caller: Caller, needed: Role): Promise<void> {
  const member = await selectMemberDetails(trx, caller.organization_id)
    .select(['m.set_role', 'k.revoked_at'])
    .where('m.id', '=', caller.user_id)
    .forKeyShare('m')
    .executeTakeFirst()
  if (!member || member.removed_at) throw memberRemoved()
  if (member.revoked_at) throw invalidApiKey()
  requireRole({...caller, role: member.set_role ?? caller.role}, needed)
}

/**
 * Locks the member, the caller and all admins in the order of their ids. Changes of roles and removals of members
 * therefore run one after another. Throws Problem 'member-not-found'. When another transaction has removed the caller,
 * throws Problem 'member-removed'. When another transaction has set a role below admin for the caller, throws Problem
 * 'role-insufficient'.
 */
export async function lockMembers(
  trx: Transaction<Tables>,
  caller: Caller,
  memberId: string,
): Promise<LockedMembers> {
  const admins = await selectMemberDetails(trx, caller.organization_id)
    .select('m.set_role')
    .select(sql<Role | null>`coalesce(k.role, m.claimed_role)`.as('own_role'))
    .where('m.removed_at', 'is', null)
    .where(eb =>
      eb.or([
        eb('m.id', '=', anyOf([memberId, caller.user_id])),
        eb.and([eb('k.id', 'is', null), eb(eb.fn.coalesce('m.set_role', 'm.claimed_role'), '=', 'admin')]),
      ]),
    )
    .orderBy('m.id')
    // The trigger of schema/0014_access.sql waits for this lock. A member can therefore not take a task while a
    // transaction removes this member.
    .forUpdate('m')
    .execute()
  const present = admins.find(({id}) => id === caller.user_id)
  if (!present) throw memberRemoved()
  if (present.set_role) requireRole({...caller, role: present.set_role}, 'admin')
  const found = admins.find(({id}) => id === memberId)
  if (!found) throw new Problem('member-not-found', 'The organization has no member with this id.')
  const {set_role: setRole, own_role: ownRole, ...member} = found
  return {member, setRole, ownRole, admins}
}
