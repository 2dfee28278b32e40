/**
 * Tickets for clients that cannot set headers. A ticket opens the streams of one selection. A ticket ends together with
 * the credential that was used to request the ticket. Only the newest stream of a ticket stays open.
 */
import type {Grant} from '../board/access.ts'
import {Problem} from '../board/problem.ts'
import type {Ticket, TicketSelection} from '../board/ticket.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendAccessChange} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {inTransaction} from '../store/transaction.ts'
import {memberRemoved} from './members.ts'
import {hashOf, isSecret, newSecret} from './secrets.ts'

export interface NewTicket {
  organizationId: string
  /** The ids of the resources on which the access of the caller depends: the member, and the API key or the session. */
  grant: Grant
  /** The end of the caller's credential, in milliseconds since 1970. Undefined when the credential has no end. */
  expiresAt: number | undefined
  selection: TicketSelection
}

/** A ticket that can open a stream now. */
export interface FoundTicket {
  organization_id: string
  member_id: string
  name: string
  selection: TicketSelection
  grant: Grant
  /** The end of the streams, in milliseconds since 1970. Undefined when the ticket has no end. */
  expiresAt: number | undefined
}

export interface TicketUse extends Pick<FoundTicket, 'grant' | 'expiresAt'> {
  /** The record that ends the previous stream of the ticket. Undefined at the first use of the ticket. */
  appended?: Appended
}

const firstUseWithinMs = 30_000 // a ticket that has not opened a stream within this time becomes invalid
const dayMs = 86_400_000
const unusedDays = 30 // a ticket is deleted this number of days after its last use
const expiredDays = 1 // an expired ticket is stored for this number of days, so that the error can say 'expired'

export async function issueTicket(
  db: Database,
  {organizationId, grant, expiresAt, selection}: NewTicket,
  now = Date.now(),
): Promise<Ticket> {
  const ticket = newSecret('bct')
  const expires_at = expiresAt === undefined ? null : timeOf(expiresAt)
  const first_use_before = timeOf(now + firstUseWithinMs)
  await db
    .insertInto('tickets')
    .values({
      organization_id: organizationId,
      id: newId(),
      member_id: grant.memberId,
      ticket_hash: hashOf(ticket),
      selection,
      api_key_id: grant.apiKeyId ?? null,
      session_id: grant.sessionId ?? null,
      created_at: timeOf(now),
      first_use_before,
      expires_at,
      delete_after: first_use_before,
    })
    .execute()
  return {ticket, expires_at}
}

/**
 * Finds a ticket, but does not use the ticket. When the ticket cannot open a stream at the time `now`, throws Problem
 * 'invalid-ticket' with the `reason`. Throws Problem 'member-removed' when the member was removed.
 */
export async function findTicket(db: Database, ticket: string, now: number): Promise<FoundTicket> {
  const found = isSecret('bct', ticket) ? await selectTicket(db, ticket).executeTakeFirst() : undefined
  return requireUsable(found, now)
}

/**
 * Uses the ticket for a new stream, so that the previous stream of the ticket ends. When several processes use the
 * ticket at the same time, only the last use is valid. Throws the errors of `findTicket`.
 */
export async function useTicket(db: Database, ticket: string, now: number): Promise<TicketUse> {
  return inTransaction(db, async trx => {
    // The row of the ticket is locked, so only one use of the ticket runs at a time. Each use finds the previous use,
    // and ends the previous stream.
    const found = await selectTicket(trx, ticket).forUpdate('t').executeTakeFirst()
    const {grant, expiresAt, organization_id} = requireUsable(found, now)
    const {id, use_id: previous} = found!
    const useId = newId()
    const used_at = timeOf(now)
    await trx
      .updateTable('tickets')
      .set({use_id: useId, used_at, delete_after: timeOf(deletionTime(now, expiresAt))})
      .where('organization_id', '=', organization_id)
      .where('id', '=', id)
      .execute()
    const use: TicketUse = {grant: {...grant, ticket: {id, useId}}, expiresAt}
    if (previous === null) return use
    const change = {
      actor_user_id: grant.memberId,
      ids: [previous],
      reason: 'ticket-superseded',
    } as const
    return {...use, appended: await appendAccessChange(trx, organization_id, used_at, change)}
  })
}

export function invalidTicket(reason: keyof typeof details): Problem {
  return new Problem('invalid-ticket', `${details[reason]} Request a new ticket.`, {reason})
}

const details = {
  unknown: 'This ticket does not exist, or it was deleted because it was not used for a long time.',
  'first-use-too-late': `This ticket was not used within ${firstUseWithinMs / 1_000} s.`,
  expired: 'The credential with which this ticket was requested has expired.',
  'api-key-revoked': 'The API key with which this ticket was requested was revoked.',
  'signed-out': 'The session in which this ticket was requested has ended.',
  superseded: 'This ticket has opened another stream or another poll.',
}

type Row = Awaited<ReturnType<ReturnType<typeof selectTicket>['executeTakeFirst']>>

function selectTicket(db: Database, ticket: string) {
  return db
    .selectFrom('tickets as t')
    .innerJoin('members as m', join =>
      join.onRef('m.organization_id', '=', 't.organization_id').onRef('m.id', '=', 't.member_id'),
    )
    .leftJoin('api_keys as k', join =>
      join.onRef('k.organization_id', '=', 't.organization_id').onRef('k.id', '=', 't.api_key_id'),
    )
    .leftJoin('sessions as s', join =>
      join.onRef('s.organization_id', '=', 't.organization_id').onRef('s.id', '=', 't.session_id'),
    )
    .select(['t.organization_id', 't.id', 't.member_id', 't.api_key_id', 't.session_id', 't.selection'])
    .select(['t.first_use_before', 't.expires_at', 't.use_id', 'm.name', 'm.removed_at', 'k.revoked_at'])
    .select(['s.ended_at', 's.expires_at as session_expires_at'])
    .where('t.ticket_hash', '=', hashOf(ticket))
}

function requireUsable(found: Row, now: number): FoundTicket {
  if (!found) throw invalidTicket('unknown')
  if (found.removed_at) throw memberRemoved()
  if (found.revoked_at) throw invalidTicket('api-key-revoked')
  if (found.ended_at) throw invalidTicket('signed-out')
  // If somebody has changed the end of a session in the database, the session can end before the tickets of the
  // session.
  const ends = [found.expires_at, found.session_expires_at].filter(end => end !== null)
  const expiresAt = ends.length > 0 ? Math.min(...ends.map(end => Date.parse(end))) : undefined
  if (expiresAt !== undefined && expiresAt <= now) throw invalidTicket('expired')
  const isUsedInTime = found.use_id !== null || now < Date.parse(found.first_use_before)
  if (!isUsedInTime) throw invalidTicket('first-use-too-late')
  const {organization_id, member_id, name, api_key_id, session_id, selection} = found
  const grant: Grant = {
    memberId: member_id,
    ...(api_key_id && {apiKeyId: api_key_id}),
    ...(session_id && {sessionId: session_id}),
  }
  return {organization_id, member_id, name, selection: selection as TicketSelection, grant, expiresAt}
}

function deletionTime(now: number, expiresAt = Number.POSITIVE_INFINITY): number {
  return Math.min(now + unusedDays * dayMs, expiresAt + expiredDays * dayMs)
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
