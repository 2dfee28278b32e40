/** Finds API keys. */
import type {ApiKey} from '../board/api-key.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {selectApiKeys} from '../store/resources.ts'
import {hashOf, isSecret} from './secrets.ts'

/**
 * Throws Problem 'invalid-api-key' when the key is unknown, revoked, or already expired at the time `now`. For an
 * unknown, a revoked and an expired key, the message is the same.
 */
export async function findApiKey(
  db: Database,
  key: string,
  now = Date.now(),
): Promise<ApiKey & {organization_id: string}> {
  const found = isSecret('bck', key)
    ? await selectApiKeys(db)
        .select('k.organization_id')
        .where('k.key_hash', '=', hashOf(key))
        .executeTakeFirst()
    : undefined
  const isExpired = found?.expires_at && Date.parse(found.expires_at) <= now
  if (!found || found.revoked_at || isExpired) throw invalidApiKey()
  return found
}

export function invalidApiKey(): Problem {
  const detail = 'This API key is unknown, expired or revoked. Ask an admin for a new key.'
  return new Problem('invalid-api-key', detail)
}
