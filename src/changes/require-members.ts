import type {Transaction} from 'kysely'
import {Problem} from '../board/problem.ts'
import {anyOf} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'

/**
 * Throws Problem 'member-not-found' when an id belongs to no member, or to a removed member. If there are several such
 * ids, the Problem contains the first of these ids.
 */
export async function requireMembers(
  trx: Transaction<Tables>,
  organizationId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  const rows = await trx
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', anyOf(ids))
    .where('removed_at', 'is', null)
    .execute()
  const known = new Set(rows.map(({id}) => id))
  const unknown = ids.find(id => !known.has(id))
  if (unknown === undefined) return
  throw new Problem('member-not-found', 'The organization has no member with this id.', {user_id: unknown})
}
