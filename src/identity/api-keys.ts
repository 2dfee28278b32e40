/** Keys for programs: each is a member of its own, with a role that the key itself carries. */
import {createHash, randomBytes} from 'node:crypto'
import type {Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'
import {newId} from '../store/ids.ts'
import {apiKeyIssuer} from './claims.ts'
import {appendMemberUpdated} from './members.ts'

/** An API key as lists show it; the key itself is kept nowhere. Times are RFC 3339. */
export interface ApiKey {
  id: string
  organization_id: string
  /** The member that the key acts as. */
  member_id: string
  name: string
  role: Role
  created_at: string
  /** Null: it does not expire. */
  expires_at: string | null
  /** Null: it was not revoked. */
  revoked_at: string | null
}

export interface NewApiKey {
  organizationId: string
  /** 1 to 200 characters; the name of the member that it acts as. */
  name: string
  role: Role
  /** RFC 3339; absent: it does not expire. */
  expiresAt?: string | undefined
}

export interface CreatedApiKey {
  apiKey: ApiKey
  /** `bck_` and 256 random bits; this is the only time that it is told. */
  key: string
  appended: Appended
}

export async function createApiKey(db: Database, input: NewApiKey): Promise<CreatedApiKey> {
  const key = `bck_${randomBytes(32).toString('base64url')}`
  return db.transaction().execute(async trx => {
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
    const appended = await appendMemberUpdated(trx, row.organization_id, {id: row.member_id, name}, at)
    return {apiKey, key, appended}
  })
}

/** Every key, in the order in which they were made; of one organization, or of all where it is absent. */
export async function listApiKeys(db: Database, organizationId?: string): Promise<ApiKey[]> {
  const keys = selectApiKeys(db).orderBy('k.id')
  return (organizationId ? keys.where('k.organization_id', '=', organizationId) : keys).execute()
}

/**
 * Revokes a key, whatever its organization: an operator's act. Servers refuse it within 5 seconds; streams
 * that it opened stay open. Revoking twice does nothing. Answers undefined when there is no such key.
 */
export async function revokeApiKey(db: Database, id: string): Promise<ApiKey | undefined> {
  await db
    .updateTable('api_keys')
    .set({revoked_at: new Date().toISOString()})
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
  return selectApiKeys(db).where('k.id', '=', id).executeTakeFirst()
}

/** Throws Problem 'invalid-api-key', the same for a key that is unknown, expired or revoked. */
export async function findApiKey(db: Database, key: string): Promise<ApiKey> {
  const found = keyForm.test(key)
    ? await selectApiKeys(db).where('k.key_hash', '=', hashOf(key)).executeTakeFirst()
    : undefined
  const isExpired = found?.expires_at && Date.parse(found.expires_at) <= Date.now()
  if (!found || found.revoked_at || isExpired) {
    const detail = 'This API key is unknown, expired or revoked; ask an admin for another.'
    throw new Problem('invalid-api-key', detail)
  }
  return found
}

const keyForm = /^bck_[\w-]{43}$/

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function selectApiKeys(db: Database) {
  return db
    .selectFrom('api_keys as k')
    .innerJoin('members as m', join =>
      join.onRef('m.organization_id', '=', 'k.organization_id').onRef('m.id', '=', 'k.member_id'),
    )
    .select(['k.id', 'k.organization_id', 'k.member_id', 'm.name', 'k.role'])
    .select(['k.created_at', 'k.expires_at', 'k.revoked_at'])
}
