/** `boardcast api-key`: creates, lists and revokes API keys. */
import type {ApiKey} from '../board/api-key.ts'
import type {Role} from '../board/member.ts'
import type {Quotas} from '../board/quotas.ts'
import {announceOnce} from '../bus/announce-once.ts'
import type {BusConfig} from '../bus/start-bus.ts'
import {commitWithoutCaller} from '../changes/commit-change.ts'
import {createApiKeyAsOperator} from '../changes/create-api-key.ts'
import {revokeApiKeyAsOperator} from '../changes/revoke-api-key.ts'
import type {Database} from '../store/connection.ts'
import {selectApiKeys} from '../store/resources.ts'
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
 * Creates a key. Returns the key, and a note that explains the key to the operator. The key is a separate string, so
 * that scripts can read the key. Throws CommandError when the organization is not found. Throws Problem
 * 'quota-exceeded' when the organization already has MAX_API_KEYS valid keys.
 */
export async function createKey(
  db: Database,
  {organization, keyName, role, lifetime}: ApiKeyRequest,
  quotas: Quotas,
): Promise<{key: string; note: string}> {
  const organizationId = await findOrganization(db, organization)
  const expires_at = lifetime ? new Date(Date.now() + lifetime * 1000).toISOString() : null
  const change = createApiKeyAsOperator(organizationId, {name: keyName, role, expires_at})
  const {key, id} = (await commitWithoutCaller(db, organizationId, change, quotas)).result
  const end = expires_at ? `expires ${expires_at}` : 'does not expire'
  return {key, note: `Save this key: it is not shown again. Id ${id}, role ${role}, ${end}.`}
}

/** Returns a line with headings, and a line for each key. Throws CommandError when the organization is not found. */
export async function listKeys(db: Database, organization: string | undefined): Promise<string[]> {
  const all = selectApiKeys(db).select('k.organization_id').orderBy('k.id')
  const keys = organization
    ? all.where('k.organization_id', '=', await findOrganization(db, organization))
    : all
  const rows = (await keys.execute()).map(key => [
    key.id,
    key.organization_id,
    key.role,
    stateOf(key),
    key.name,
  ])
  return table([['ID', 'ORGANIZATION', 'ROLE', 'STATE', 'NAME'], ...rows])
}

/**
 * Revokes the key, and announces the revocation to the servers over the bus. Returns a message for the operator. Throws
 * CommandError when the key does not exist.
 */
export async function revokeKey(db: Database, id: string, bus: BusConfig): Promise<string> {
  const found = await db
    .selectFrom('api_keys')
    .select('organization_id')
    .where('id', '=', id)
    .executeTakeFirst()
  if (!found)
    throw new CommandError(`API key ${id} does not exist. To see all keys, run boardcast api-key list.`)
  const {organization_id: organizationId} = found
  const change = revokeApiKeyAsOperator(organizationId, id)
  const {result, ...appended} = await commitWithoutCaller(db, organizationId, change)
  if (appended.records.length > 0) await announceOnce(bus, db, organizationId, appended)
  const {name, revoked_at} = result
  return `The API key ${name} was revoked at ${revoked_at}. Servers reject the key and end its streams within 2 seconds.`
}

function stateOf({expires_at, revoked_at}: Pick<ApiKey, 'expires_at' | 'revoked_at'>): string {
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
