import type {Transaction} from 'kysely'
import {accessChange} from '../board/access.ts'
import type {ApiKey} from '../board/api-key.ts'
import {Problem} from '../board/problem.ts'
import {selectApiKeys} from '../store/resources.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, type ChangeWithoutCaller, changeBy, type Outcome} from './change.ts'
import {updateRow} from './rows.ts'

/**
 * Revokes the key, and ends the streams that were opened with the key. When the key has already been revoked, nothing
 * changes. Throws Problem 'api-key-not-found'.
 */
export function revokeApiKey(id: string): Change<null> {
  return changeBy('admin', async (trx, {organization_id, user_id}) => ({
    ...(await revoke(trx, organization_id, user_id, id)),
    result: null,
  }))
}

/** Like `revokeApiKey`, but for the operator of the server. Returns the revoked key. */
export function revokeApiKeyAsOperator(organizationId: string, id: string): ChangeWithoutCaller<ApiKey> {
  return trx => revoke(trx, organizationId, null, id)
}

async function revoke(
  trx: Transaction<Tables>,
  organizationId: string,
  revokedBy: string | null,
  id: string,
): Promise<Outcome<ApiKey>> {
  const apiKey = await selectApiKeys(trx)
    .where('k.organization_id', '=', organizationId)
    .where('k.id', '=', id)
    .forNoKeyUpdate('k')
    .executeTakeFirst()
  if (!apiKey) throw new Problem('api-key-not-found', 'This API key does not exist.')
  if (apiKey.revoked_at) return {result: apiKey, events: []}
  const timestamp = new Date().toISOString()
  const event = accessChange({timestamp, actor_user_id: revokedBy}, [id], 'api-key-revoked')
  return {
    result: {...apiKey, revoked_at: timestamp},
    events: [{event}],
    writes: [updateRow(trx, 'api_keys', organizationId, id, {revoked_at: timestamp})],
  }
}
