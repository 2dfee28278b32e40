import {type Compilable, sql, type Transaction} from 'kysely'
import type {Action} from '../board/member.ts'
import type {Ranked} from '../board/rank.ts'
import {compilable} from '../store/compilable.ts'
import type {Tables} from '../store/tables.ts'

/** Returns the statement that stores the new ranks of locked tasks or stories, and increments their versions. */
export function setRanks(
  trx: Transaction<Tables>,
  organizationId: string,
  table: 'stories' | 'tasks',
  ranked: readonly Ranked[],
  {timestamp}: Action,
): Compilable {
  const update = sql`
    update ${sql.table(table)} t set rank = r.rank, version = t.version + 1, updated_at = ${timestamp}
    from unnest(${ranked.map(({id}) => id)}::uuid[], ${ranked.map(({rank}) => rank)}::text[]) as r (id, rank)
    where t.organization_id = ${organizationId} and t.id = r.id`
  return compilable(trx, update)
}
