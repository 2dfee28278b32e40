/** The sessions of members who have signed in to the page. The cookie of the page contains the secret of the session. */
import {sql} from 'kysely'
import type {Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendAccessChange} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {inTransaction} from '../store/transaction.ts'
import {memberRemoved} from './members.ts'
import {hashOf, isSecret, newSecret} from './secrets.ts'

/** A session that has not ended. Times are RFC 3339. */
export interface Session {
  id: string
  organization_id: string
  member_id: string
  name: string
  role: Role
  expires_at: string
}

export interface NewSession {
  organizationId: string
  memberId: string
  /** The role in the token with which the member signs in. */
  role: Role
  /** The time at which the token of the sign-in expires, in milliseconds since 1970. */
  expiresAt: number
}

const maxSessions = 100 // for each member; when a member has more sessions, the oldest sessions end

export interface StartedSession {
  /** `bcs_` and 256 random bits in base64url. */
  secret: string
  /** The change of access that ends the oldest sessions of the member. Undefined when no session has been ended. */
  appended?: Appended
}

/** Starts a session. If the member has too many sessions, ends the oldest sessions. */
export async function startSession(db: Database, session: NewSession): Promise<StartedSession> {
  const {organizationId, memberId} = session
  const secret = newSecret('bcs')
  return inTransaction(db, async trx => {
    const created_at = new Date().toISOString()
    await insertSession(trx, session, secret, created_at)
    const {rows} = await sql<{id: string}>`
      update sessions set ended_at = ${created_at}
      where organization_id = ${organizationId} and ended_at is null and id in (
        select id from sessions
        where organization_id = ${organizationId} and member_id = ${memberId} and ended_at is null
        order by id desc offset ${maxSessions}
      )
      returning id`.execute(trx)
    if (rows.length === 0) return {secret}
    const ids = rows.map(({id}) => id)
    const change = {actor_user_id: memberId, ids, reason: 'signed-out'} as const
    return {secret, appended: await appendAccessChange(trx, organizationId, created_at, change)}
  })
}

async function insertSession(
  trx: Database,
  session: NewSession,
  secret: string,
  created_at: string,
): Promise<void> {
  await trx
    .insertInto('sessions')
    .values({
      organization_id: session.organizationId,
      id: newId(),
      member_id: session.memberId,
      role: session.role,
      session_hash: hashOf(secret),
      created_at,
      expires_at: new Date(session.expiresAt).toISOString(),
    })
    .execute()
}

/**
 * Extends a session to the end of a new token of the same member, and replaces the secret of the session. A copy of the
 * old secret therefore becomes worthless. Returns undefined when the session does not exist, has ended, belongs to
 * another member, or ends later than the new token.
 */
export async function renewSession(
  db: Database,
  secret: string,
  {organizationId, memberId, role, expiresAt}: NewSession,
): Promise<{secret: string; appended: Appended} | undefined> {
  return inTransaction(db, async trx => {
    const now = new Date().toISOString()
    const expires_at = new Date(expiresAt).toISOString()
    const newer = newSecret('bcs')
    const renewed = await trx
      .updateTable('sessions')
      .set({role, expires_at, session_hash: hashOf(newer)})
      .where('session_hash', '=', hashOf(secret))
      .where('organization_id', '=', organizationId)
      .where('member_id', '=', memberId)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      // The end of a session is never moved to an earlier time, because the open streams of the session would not end
      // earlier.
      .where('expires_at', '<=', expires_at)
      .returning('id')
      .executeTakeFirst()
    if (!renewed) return undefined
    // This change of access makes all processes read the session again, so that new streams of the session end at
    // the new time.
    const change = {actor_user_id: memberId, ids: [renewed.id], reason: null}
    return {secret: newer, appended: await appendAccessChange(trx, organizationId, now, change)}
  })
}

export interface EndedSession {
  organizationId: string
  appended: Appended
}

/** Ends the session and its streams. Returns undefined when the session does not exist or has already ended. */
export async function endSession(db: Database, secret: string): Promise<EndedSession | undefined> {
  if (!isSecret('bcs', secret)) return undefined
  return inTransaction(db, async trx => {
    const ended_at = new Date().toISOString()
    const session = await trx
      .updateTable('sessions')
      .set({ended_at})
      .where('session_hash', '=', hashOf(secret))
      .where('ended_at', 'is', null)
      .returning(['id', 'organization_id', 'member_id'])
      .executeTakeFirst()
    if (!session) return undefined
    const {id, organization_id: organizationId, member_id} = session
    const change = {actor_user_id: member_id, ids: [id], reason: 'signed-out'} as const
    return {organizationId, appended: await appendAccessChange(trx, organizationId, ended_at, change)}
  })
}

/**
 * Throws Problem 'invalid-session' when the session is unknown, has ended, or has expired at the time `now`. Throws
 * Problem 'member-removed' when the member was removed.
 */
export async function findSession(db: Database, secret: string, now: number): Promise<Session> {
  const found = isSecret('bcs', secret)
    ? await db
        .selectFrom('sessions as s')
        .innerJoin('members as m', join =>
          join.onRef('m.organization_id', '=', 's.organization_id').onRef('m.id', '=', 's.member_id'),
        )
        .select(['s.id', 's.organization_id', 's.member_id', 'm.name', 's.expires_at', 's.ended_at'])
        .select(sql<Role>`coalesce(m.set_role, s.role)`.as('role'))
        .select('m.removed_at')
        .where('s.session_hash', '=', hashOf(secret))
        .executeTakeFirst()
    : undefined
  if (!found) throw invalidSession('unknown')
  const {removed_at, ended_at, ...session} = found
  if (removed_at) throw memberRemoved()
  if (ended_at) throw invalidSession('ended')
  if (Date.parse(session.expires_at) <= now) throw invalidSession('expired')
  return session
}

export function invalidSession(reason: 'unknown' | 'ended' | 'expired'): Problem {
  return new Problem('invalid-session', 'Your session has ended. Sign in again.', {reason})
}
