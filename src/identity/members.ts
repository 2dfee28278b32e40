/**
 * Finds members. A member is created at the first authentication, and renamed when a newer token has a different name.
 */
import type {Transaction} from 'kysely'
import type {Caller, Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendEvents, createEventStream} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'
import type {Claims} from './claims.ts'

export interface KnownMember {
  user_id: string
  organization_id: string
  name: string
  /**
   * The name and the claimed role come from a token. `named_at` is the time at which this token was issued, in RFC
   * 3339.
   */
  named_at: string
  /** Null until a token of the member has been verified. */
  claimed_role: Role | null
  /** The role that an admin has set. Null when the role of the token applies. */
  set_role: Role | null
}

export interface ResolvedMember {
  member: KnownMember
  /** The appended event. Undefined when the call did not create or rename the member. */
  appended?: Appended
}

/**
 * Finds, creates or updates the member. When the member is unchanged, one query is enough. The ids are generated, and
 * are not copied from claims. Throws Problem 'member-removed'.
 */
export async function resolveMember(db: Database, claims: Claims): Promise<ResolvedMember> {
  const member = await findMember(db, claims)
  if (!member) return addMember(db, claims)
  return hasNewClaims(claims, member) ? updateMember(db, member, claims) : {member}
}

/** Returns whether the caller's member exists. */
export async function isMember(db: Database, {organization_id, user_id}: Caller): Promise<boolean> {
  const member = await db
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organization_id)
    .where('id', '=', user_id)
    .executeTakeFirst()
  return member !== undefined
}

/**
 * Returns true when no token of the member has been verified before. Also returns true when the token with the claims
 * is newer than `named_at`, and contains a different name or role.
 */
export function hasNewClaims({name, role, issuedAt}: Claims, member: KnownMember): boolean {
  if (member.claimed_role === null) return true
  const differs = name !== member.name || role !== member.claimed_role
  return differs && issuedAt > Date.parse(member.named_at)
}

export function memberRemoved(): Problem {
  return new Problem('member-removed', 'An admin has removed you from this organization.')
}

/**
 * Appends a `member.updated` event. Call this function last in the transaction, because the function locks the event
 * log.
 */
async function appendMemberUpdated(
  trx: Transaction<Tables>,
  organizationId: string,
  member: {id: string; name: string},
  timestamp: string,
): Promise<Appended> {
  const event = {type: 'member.updated' as const, timestamp, actor_user_id: member.id, member}
  return appendEvents(trx, organizationId, timestamp, [{event}])
}

async function findMember(db: Database, claims: Claims): Promise<KnownMember | undefined> {
  const found = await db
    .selectFrom('organizations as o')
    .innerJoin('members as m', 'm.organization_id', 'o.id')
    .select(['m.id as user_id', 'm.organization_id', 'm.name', 'm.named_at', 'm.claimed_role', 'm.set_role'])
    .select('m.removed_at')
    .where('o.issuer', '=', claims.issuer)
    .where('o.claim', '=', claims.organization)
    .where('m.issuer', '=', claims.issuer)
    .where('m.subject', '=', claims.subject)
    .executeTakeFirst()
  if (!found) return undefined
  const {removed_at, ...member} = found
  if (removed_at) throw memberRemoved()
  return member
}

/**
 * When several processes add the same member, one process creates the row and the event. The other processes find the
 * row.
 */
async function addMember(db: Database, claims: Claims): Promise<ResolvedMember> {
  return inTransaction(db, async (trx): Promise<ResolvedMember> => {
    const createdAt = new Date().toISOString()
    const organizationId = await findOrAddOrganization(trx, claims, createdAt)
    const member: KnownMember = {
      user_id: newId(),
      organization_id: organizationId,
      name: claims.name,
      named_at: new Date(claims.issuedAt).toISOString(),
      claimed_role: claims.role,
      set_role: null,
    }
    const {numInsertedOrUpdatedRows} = await trx
      .insertInto('members')
      .values({
        organization_id: organizationId,
        id: member.user_id,
        issuer: claims.issuer,
        subject: claims.subject,
        name: member.name,
        email: claims.email,
        named_at: member.named_at,
        claimed_role: member.claimed_role,
        created_at: createdAt,
      })
      // If another transaction is inserting the same member, this insert waits until the other transaction ends.
      .onConflict(conflict => conflict.columns(['organization_id', 'issuer', 'subject']).doNothing())
      .executeTakeFirstOrThrow()
    if (!numInsertedOrUpdatedRows) return {member: (await findMember(trx, claims))!}
    const {user_id: id, name} = member
    return {member, appended: await appendMemberUpdated(trx, organizationId, {id, name}, createdAt)}
  })
}

/**
 * Returns the id of the organization. If the organization does not exist, creates the organization with its event log.
 */
async function findOrAddOrganization(
  trx: Transaction<Tables>,
  claims: Claims,
  createdAt: string,
): Promise<string> {
  const {issuer, organization: claim} = claims
  const added = await trx
    .insertInto('organizations')
    .values({id: newId(), issuer, claim, created_at: createdAt})
    .onConflict(conflict => conflict.columns(['issuer', 'claim']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (added) {
    await createEventStream(trx, added.id)
    return added.id
  }
  const found = await trx
    .selectFrom('organizations')
    .select('id')
    .where('issuer', '=', issuer)
    .where('claim', '=', claim)
    .executeTakeFirstOrThrow()
  return found.id
}

async function updateMember(db: Database, member: KnownMember, claims: Claims): Promise<ResolvedMember> {
  const {user_id: id, organization_id} = member
  return inTransaction(db, async (trx): Promise<ResolvedMember> => {
    const named_at = new Date(claims.issuedAt).toISOString()
    const {name, email, role: claimed_role} = claims
    const updated = trx
      .updateTable('members')
      .where('organization_id', '=', organization_id)
      .where('id', '=', id)
    const {numUpdatedRows} = await updated
      .set({name, email, named_at, claimed_role})
      // The caller has already checked the next two conditions. The update checks these conditions again while the row
      // is locked, because another process may have applied this token or a newer token.
      .where('named_at', '<', named_at)
      .where(eb => eb.or([eb('name', '!=', name), eb('claimed_role', 'is distinct from', claimed_role)]))
      .executeTakeFirstOrThrow()
    if (!numUpdatedRows) {
      await updated.set({claimed_role}).where('claimed_role', 'is', null).execute()
      return {member: (await findMember(trx, claims))!}
    }
    const after: KnownMember = {...member, name, named_at, claimed_role}
    if (name === member.name) return {member: after}
    const renamedAt = new Date().toISOString()
    return {member: after, appended: await appendMemberUpdated(trx, organization_id, {id, name}, renamedAt)}
  })
}
