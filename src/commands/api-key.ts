/** `boardcast api-key`: creates, lists and revokes API keys. */
import type {Role} from '../board/member.ts'
import type {Quotas} from '../board/quotas.ts'
import {type ApiKey, createApiKey, listApiKeys, revokeApiKey} from '../identity/api-keys.ts'
import type {Database} from '../store/connection.ts'
import {CommandError} from './command-error.ts'
import {findOrganization} from './find-organization.ts'

export interface ApiKeyRequest {
  /** The id of the organization, or the value of the claim that identifies the organization in tokens. */
  organization: string
  keyName: string
  role: Role
  /** The number of seconds until the key expires. When `lifetime` is undefined, the key does not expire. */
  lifetime: number | undefined
}

/**
 * Creates a key. Throws Problem 'quota-exceeded' when the organization already has MAX_API_KEYS valid keys. Returns the key, and a note that explains the key to the operator. The key is a separate string, so that scripts can
 * read the key. Throws CommandError when the organization is not found.
 */
export async function createKey(
  db: Database,
  {organization, keyName, role, lifetime}: ApiKeyRequest,
  {MAX_API_KEYS: maxKeys}: Quotas,
): Promise<{key: string; note: string}> {
  const organizationId = await findOrganization(db, organization)
  const expiresAt = lifetime ? new Date(Date.now() + lifetime * 1000).toISOString() : undefined
  const {key, apiKey} = await createApiKey(db, {organizationId, name: keyName, role, expiresAt, maxKeys})
  const end = expiresAt ? `expires ${expiresAt}` : 'does not expire'
  return {key, note: `Save this key: it is not shown again. Id ${apiKey.id}, role ${role}, ${end}.`}
}

/** Returns a line with headings, and a line for each key. Throws CommandError when the organization is not found. */
export async function listKeys(db: Database, organization: string | undefined): Promise<string[]> {
  const keys = await listApiKeys(db, organization && (await findOrganization(db, organization)))
  const rows = keys.map(key => [key.id, key.organization_id, key.role, stateOf(key), key.name])
  return table([['ID', 'ORGANIZATION', 'ROLE', 'STATE', 'NAME'], ...rows])
}

/** Revokes the key. Returns a message for the operator. Throws CommandError when the key does not exist. */
export async function revokeKey(db: Database, id: string): Promise<string> {
  const revoked = await revokeApiKey(db, id)
  if (!revoked)
    throw new CommandError(`API key ${id} does not exist. To see all keys, run boardcast api-key list.`)
  const {apiKey} = revoked
  return `The API key ${apiKey.name} was revoked at ${apiKey.revoked_at}. Servers reject the key within 2 seconds.`
}

function stateOf({expires_at, revoked_at}: ApiKey): string {
  if (revoked_at) return `revoked ${revoked_at}`
  if (!expires_at) return 'valid'
  return `${Date.parse(expires_at) > Date.now() ? 'expires' : 'expired'} ${expires_at}`
}

function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
