import type {Transaction} from 'kysely'
import type {CreatedApiKey, NewApiKey} from '../board/api-key.ts'
import {Problem} from '../board/problem.ts'
import {apiKeyIssuer} from '../identity/claims.ts'
import {hashOf, newSecret} from '../identity/secrets.ts'
import {newId} from '../store/ids.ts'
import type {Tables} from '../store/tables.ts'
import {type Change, type ChangeWithoutCaller, changeBy, type Outcome} from './change.ts'
import {shareCaller} from './lock-members.ts'

/**
 * Creates an API key, and a member for the key. Only the hash of the key is stored. Throws Problem 'invalid-request'
 * when `expires_at` is not in the future.
 */
export function createApiKey(input: NewApiKey): Change<CreatedApiKey> {
  return changeBy('admin', async (trx, caller) => {
    await shareCaller(trx, caller)
    return insertApiKey(trx, caller.organization_id, caller.user_id, input)
  })
}

/** Like `createApiKey`, but for the operator of the server. */
export function createApiKeyAsOperator(
  organizationId: string,
  input: NewApiKey,
): ChangeWithoutCaller<CreatedApiKey> {
  return async trx => insertApiKey(trx, organizationId, null, input)
}

function insertApiKey(
  trx: Transaction<Tables>,
  organizationId: string,
  createdBy: string | null,
  {name, role, expires_at}: NewApiKey,
): Outcome<CreatedApiKey> {
  const timestamp = new Date().toISOString()
  if (expires_at !== null && expires_at <= timestamp) throw alreadyExpired()
  const [id, memberId, key] = [newId(), newId(), newSecret('bck')]
  const row = {id, member_id: memberId, role, created_at: timestamp, expires_at, revoked_at: null}
  const member = {
    organization_id: organizationId,
    id: memberId,
    issuer: apiKeyIssuer,
    subject: id,
    name,
    email: null,
    named_at: timestamp,
    created_at: timestamp,
  }
  const event = {
    type: 'member.updated',
    timestamp,
    actor_user_id: createdBy,
    member: {id: memberId, name},
  } as const
  return {
    result: {...row, name, key},
    repetition: keyAlreadyShown(id),
    events: [{event}],
    writes: [
      trx.insertInto('members').values(member),
      trx.insertInto('api_keys').values({organization_id: organizationId, ...row, key_hash: hashOf(key)}),
    ],
    counted: [{setting: 'MAX_API_KEYS', added: 1, table: 'api_keys'}],
  }
}

function alreadyExpired(): Problem {
  const fault = {path: 'expires_at', message: 'must be in the future'}
  return new Problem('invalid-request', `The body is invalid: ${fault.path}: ${fault.message}.`, {
    errors: [fault],
  })
}

function keyAlreadyShown(id: string): Problem {
  return new Problem(
    'secret-already-shown',
    `An earlier request with this Idempotency-Key created the API key ${id}. The key was shown only in the response to that request. If you do not have the key, revoke it and create another key.`,
    {id},
  )
}
