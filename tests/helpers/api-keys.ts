// Creates and revokes API keys with the functions that `boardcast api-key` uses.
import type {ApiKey} from '../../src/board/api-key.ts'
import type {Role} from '../../src/board/member.ts'
import type {Committed} from '../../src/changes/change.ts'
import {commitWithoutCaller} from '../../src/changes/commit-change.ts'
import {createApiKeyAsOperator} from '../../src/changes/create-api-key.ts'
import {revokeApiKeyAsOperator} from '../../src/changes/revoke-api-key.ts'
import type {Database} from '../../src/store/connection.ts'
import type {Appended} from '../../src/store/event-log.ts'

export interface ApiKeyInput {
  organizationId: string
  name: string
  role: Role
  /** RFC 3339. If `expiresAt` is in the past, the key has already expired. Default: the key does not expire. */
  expiresAt?: string | undefined
}

export async function createApiKey(
  db: Database,
  {organizationId, name, role, expiresAt}: ApiKeyInput,
): Promise<{key: string; apiKey: ApiKey; appended: Appended}> {
  const change = createApiKeyAsOperator(organizationId, {name, role, expires_at: null})
  const {result, ...appended} = await commitWithoutCaller(db, organizationId, change)
  const {key, ...created} = result
  const apiKey = {...created, expires_at: expiresAt ?? null}
  if (expiresAt) {
    await db.updateTable('api_keys').set({expires_at: expiresAt}).where('id', '=', apiKey.id).execute()
  }
  return {key, apiKey, appended}
}

export async function revokeApiKey(db: Database, id: string): Promise<Committed<ApiKey>> {
  const {organization_id} = await db
    .selectFrom('api_keys')
    .select('organization_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return commitWithoutCaller(db, organization_id, revokeApiKeyAsOperator(organization_id, id))
}
