/** API keys for programs. Each key belongs to a separate member. The role is stored with the key. */
import {sql, type Transaction} from 'kysely'
import type {Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import {type Appended, appendAccessChange} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {lockStream, requireRowQuotas, toQuotaProblem} from '../store/quotas.ts'
import type {Tables} from '../store/tables.ts'
import {inTransaction} from '../store/transaction.ts'
import {apiKeyIssuer} from './claims.ts'
import {appendMemberUpdated} from './members.ts'
import {hashOf, isSecret, newSecret} from './secrets.ts'

/** The stored properties of an API key. Only a hash of the key itself is stored. Times are RFC 3339. */
export interface ApiKey {
  id: string
  organization_id: string
  /** The id of the member that makes the requests with this key. */
  member_id: string
  name: string
  role: Role
  created_at: string
  /** Null when the key never expires. */
  expires_at: string | null
  /** Null when the key has not been revoked. */
  revoked_at: string | null
}

export interface NewApiKey {
  organizationId: string
  /** The name of the member that the key belongs to, 1 to 200 characters. */
  name: string
  role: Role
  /** The time at which the key expires, RFC 3339. When `expiresAt` is undefined, the key never expires. */
  expiresAt?: string | undefined
  /** The maximum number of valid keys of the organization. Default: no maximum. */
  maxKeys?: number | undefined
}

export interface CreatedApiKey {
  apiKey: ApiKey
  /**
   * The key: `bck_` followed by 256 random bits in base64url. Only a hash is stored, so the key cannot be read again.
   */
  key: string
  appended: Appended
}

/** Throws Problem 'quota-exceeded' when the organization already has `maxKeys` valid keys. */
export async function createApiKey(db: Database, input: NewApiKey): Promise<CreatedApiKey> {
  const key = newSecret('bck')
  return inTransaction(db, async trx => {
    const at = new Date().toISOString()
    const apiKey: ApiKey = {
      id: newId(),
      organization_id: input.organizationId,
      member_id: newId(),
      name: input.name,
      role: input.role,
      created_at: at,
      expires_at: input.expiresAt ?? null,
      revoked_at: null,
    }
    const {name, ...row} = apiKey
    await trx
      .insertInto('members')
      .values({
        organization_id: row.organization_id,
        id: row.member_id,
        issuer: apiKeyIssuer,
        subject: row.id,
        name,
        email: null,
        named_at: at,
        created_at: at,
      })
      .execute()
    await trx
      .insertInto('api_keys')
      .values({...row, key_hash: hashOf(key)})
      .execute()
    if (input.maxKeys !== undefined) await requireKeyQuota(trx, row.organization_id, input.maxKeys)
    const appended = await appendMemberUpdated(trx, row.organization_id, {id: row.member_id, name}, at)
    return {apiKey, key, appended}
  }).catch(error => {
    throw toQuotaProblem(error)
  })
}

async function requireKeyQuota(
  trx: Transaction<Tables>,
  organizationId: string,
  limit: number,
): Promise<void> {
  const keys = {setting: 'MAX_API_KEYS', added: 1, table: 'api_keys'} as const
  await trx.executeQuery(lockStream(trx, organizationId).compile())
  await trx.executeQuery(requireRowQuotas(trx, organizationId, [keys], {MAX_API_KEYS: limit}).compile())
}

/**
 * Returns the keys of one organization. When `organizationId` is undefined, returns the keys of all organizations. The
 * oldest key is first.
 */
export async function listApiKeys(db: Database, organizationId?: string): Promise<ApiKey[]> {
  const keys = selectApiKeys(db).orderBy('k.id')
  return (organizationId ? keys.where('k.organization_id', '=', organizationId) : keys).execute()
}

export interface RevokedApiKey {
  apiKey: ApiKey
  /** The appended change of access. Undefined when the key was already revoked before this call. */
  appended?: Appended
}

/**
 * For operators: revokes a key of any organization. The streams of the key end. Does nothing when the key has already
 * been revoked. Returns undefined when the key does not exist.
 */
export async function revokeApiKey(db: Database, id: string): Promise<RevokedApiKey | undefined> {
  return inTransaction(db, async trx => {
    const revoked_at = new Date().toISOString()
    const revoked = await trx
      .updateTable('api_keys')
      .set({revoked_at})
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning('organization_id')
      .executeTakeFirst()
    const apiKey = await selectApiKeys(trx).where('k.id', '=', id).executeTakeFirst()
    if (!apiKey || !revoked) return apiKey && {apiKey}
    const change = {actor_user_id: null, ids: [id], reason: 'api-key-revoked'} as const
    return {apiKey, appended: await appendAccessChange(trx, revoked.organization_id, revoked_at, change)}
  })
}

/**
 * Throws Problem 'invalid-api-key' when the key is unknown, revoked, or already expired at the time `now`. For an
 * unknown, a revoked and an expired key, the message is the same.
 */
export async function findApiKey(db: Database, key: string, now = Date.now()): Promise<ApiKey> {
  const found = isSecret('bck', key)
    ? await selectApiKeys(db).where('k.key_hash', '=', hashOf(key)).executeTakeFirst()
    : undefined
  const isExpired = found?.expires_at && Date.parse(found.expires_at) <= now
  if (!found || found.revoked_at || isExpired) throw invalidApiKey()
  return found
}

export function invalidApiKey(): Problem {
  const detail = 'This API key is unknown, expired or revoked. Ask an admin for a new key.'
  return new Problem('invalid-api-key', detail)
}

function selectApiKeys(db: Database) {
  return db
    .selectFrom('api_keys as k')
    .innerJoin('members as m', join =>
      join.onRef('m.organization_id', '=', 'k.organization_id').onRef('m.id', '=', 'k.member_id'),
    )
    .select([
      'k.id',
      'k.organization_id',
      'k.member_id',
      'm.name',
      'k.created_at',
      'k.expires_at',
      'k.revoked_at',
    ])
    .select(sql<Role>`coalesce(m.set_role, k.role)`.as('role'))
}
