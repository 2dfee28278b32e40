/** Members are made when we first see them, and renamed when a newer token says so. */
import type {Transaction} from 'kysely'
import type {Database} from '../store/connection.ts'
import {type Appended, appendEvents, createEventStream} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import type {Claims} from './claims.ts'

export interface KnownMember {
  user_id: string
  organization_id: string
  name: string
  /** When the token that brought the name was issued, RFC 3339. */
  named_at: string
}

/** A member as the database has them now, and what was appended if this call made or renamed them. */
export interface Sighting {
  member: KnownMember
  appended?: Appended
}

/** One query for a member already known. Ids are generated here, never taken from a token. */
export async function seeMember(db: Database, claims: Claims): Promise<Sighting> {
  const member = await findMember(db, claims)
  if (!member) return addMember(db, claims)
  return bringsNewName(claims, member) ? renameMember(db, member, claims) : {member}
}

/** A token issued earlier than the one that named the member does not bring an old name back. */
export function bringsNewName({name, issuedAt}: Claims, member: KnownMember): boolean {
  return name !== member.name && issuedAt > Date.parse(member.named_at)
}

/** Writes that a member came or has a new name; the last statement of the transaction. */
export async function appendMemberUpdated(
  trx: Transaction<Tables>,
  organizationId: string,
  member: {id: string; name: string},
  at: string,
): Promise<Appended> {
  const event = {type: 'member.updated' as const, timestamp: at, actor_user_id: member.id, member}
  return appendEvents(trx, organizationId, at, [{event}])
}

async function findMember(db: Database, claims: Claims): Promise<KnownMember | undefined> {
  return db
    .selectFrom('organizations as o')
    .innerJoin('members as m', 'm.organization_id', 'o.id')
    .select(['m.id as user_id', 'm.organization_id', 'm.name', 'm.named_at'])
    .where('o.issuer', '=', claims.issuer)
    .where('o.claim', '=', claims.organization)
    .where('m.issuer', '=', claims.issuer)
    .where('m.subject', '=', claims.subject)
    .executeTakeFirst()
}

/** Of processes that see a member first at the same time, one makes the row and the event; the others find them. */
async function addMember(db: Database, claims: Claims): Promise<Sighting> {
  return db.transaction().execute(async trx => {
    const at = new Date().toISOString()
    const organizationId = await findOrAddOrganization(trx, claims, at)
    const member: KnownMember = {
      user_id: newId(),
      organization_id: organizationId,
      name: claims.name,
      named_at: new Date(claims.issuedAt).toISOString(),
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
        created_at: at,
      })
      // Waits for another transaction that is inserting the same member, and sees what it committed.
      .onConflict(conflict => conflict.columns(['organization_id', 'issuer', 'subject']).doNothing())
      .executeTakeFirstOrThrow()
    if (!numInsertedOrUpdatedRows) return {member: (await findMember(trx, claims))!}
    const {user_id: id, name} = member
    return {member, appended: await appendMemberUpdated(trx, organizationId, {id, name}, at)}
  })
}

/** An organization and its event log are made in one transaction, so that none is without the other. */
async function findOrAddOrganization(trx: Transaction<Tables>, claims: Claims, at: string): Promise<string> {
  const {issuer, organization: claim} = claims
  const added = await trx
    .insertInto('organizations')
    .values({id: newId(), issuer, claim, created_at: at})
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

async function renameMember(db: Database, {user_id: id, organization_id}: KnownMember, claims: Claims) {
  return db.transaction().execute(async (trx): Promise<Sighting> => {
    const named_at = new Date(claims.issuedAt).toISOString()
    const {numUpdatedRows} = await trx
      .updateTable('members')
      .set({name: claims.name, email: claims.email, named_at})
      .where('organization_id', '=', organization_id)
      .where('id', '=', id)
      // Decided again under the row's lock: another process may have seen this token or a newer one.
      .where('named_at', '<', named_at)
      .where('name', '!=', claims.name)
      .executeTakeFirstOrThrow()
    if (!numUpdatedRows) return {member: (await findMember(trx, claims))!}
    const {name} = claims
    const at = new Date().toISOString()
    const appended = await appendMemberUpdated(trx, organization_id, {id, name}, at)
    return {member: {user_id: id, organization_id, name, named_at}, appended}
  })
}
