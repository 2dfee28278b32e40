import {sql} from 'kysely'
import type {Grant, RevocationReason} from '../board/access.ts'
import type {Database} from '../store/connection.ts'

/**
 * For each stream, returns the reason why the access of its grant was withdrawn, or null when the access still exists.
 * When the API key or the session does not exist, returns the same reason as for a revoked key or an ended session.
 * Each new use of a ticket has a greater id than all previous uses. If the current use id of the ticket is greater than
 * the use id of the stream, the ticket has opened another stream after this stream. Returns `lost` when the member or
 * this use of the ticket does not exist. For example, a restore from a backup can cause `lost`. After `lost`, the
 * client must open the stream again. One statement reads the reasons of all streams.
 */
export async function findRevoked(
  db: Database,
  streams: readonly {organizationId: string; grant: Grant}[],
): Promise<(RevocationReason | 'lost' | null)[]> {
  const column = (pick: (grant: Grant) => string | undefined) => streams.map(({grant}) => pick(grant) ?? null)
  const {rows} = await sql<{reason: RevocationReason | 'lost' | null}>`
    select case
      when m.id is null then 'lost'
      when m.removed_at is not null then 'member-removed'
      when s.api_key_id is not null and (k.id is null or k.revoked_at is not null) then 'api-key-revoked'
      when s.session_id is not null and (e.id is null or e.ended_at is not null) then 'signed-out'
      when s.ticket_id is not null and t.use_id > s.use_id then 'ticket-superseded'
      when s.ticket_id is not null and t.use_id is distinct from s.use_id then 'lost'
    end as reason
    from unnest(
      ${streams.map(({organizationId}) => organizationId)}::uuid[], ${column(grant => grant.memberId)}::uuid[],
      ${column(grant => grant.apiKeyId)}::uuid[], ${column(grant => grant.sessionId)}::uuid[],
      ${column(grant => grant.ticket?.id)}::uuid[], ${column(grant => grant.ticket?.useId)}::uuid[]
    ) with ordinality as s (organization_id, member_id, api_key_id, session_id, ticket_id, use_id, n)
    left join members m on m.organization_id = s.organization_id and m.id = s.member_id
    left join api_keys k on k.organization_id = s.organization_id and k.id = s.api_key_id
    left join sessions e on e.organization_id = s.organization_id and e.id = s.session_id
    left join tickets t on t.organization_id = s.organization_id and t.id = s.ticket_id
    order by s.n`.execute(db)
  return rows.map(({reason}) => reason)
}
