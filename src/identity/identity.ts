/** Finds the caller for a token or an API key. When the caches contain the caller, no query is needed. */
import {hash} from 'node:crypto'
import {LRUCache} from 'lru-cache'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'
import {type ApiKey, findApiKey, invalidApiKey} from './api-keys.ts'
import {type ClaimRules, type Claims, readClaims} from './claims.ts'
import {Epochs, type Lookup} from './epochs.ts'
import type {KeySetOptions} from './key-set.ts'
import {createLookupCache} from './lookup-cache.ts'
import {hasNewerName, isMember, type KnownMember, resolveMember} from './members.ts'
import {type KeySource, tokenVerifier} from './verify-token.ts'

export interface IdentityOptions extends ClaimRules, Pick<KeySetOptions, 'onFetchFailed'> {
  db: Database
  auth: KeySource
  /** The `iss` that tokens must have. When `issuer` is undefined, tokens may have any `iss` or no `iss`. */
  issuer?: string | undefined
  /**
   * The value that a token's `aud` must equal or include. When `audience` is undefined, tokens may have any `aud` or no
   * `aud`.
   */
  audience?: string | undefined
  /** The clock. Default: the system's clocks. */
  clock?: Clock
}

export interface Clock {
  /** The time of day, in milliseconds since 1970. This clock is used to decide whether credentials are valid. */
  now(): number
  /**
   * The milliseconds since an arbitrary moment. This number never decreases. This clock is used to decide how long
   * cache entries are valid.
   */
  monotonicNow(): number
}

/** The credentials of a request. The token takes precedence over the API key. An empty string is treated as missing. */
export interface Credentials {
  token?: string | undefined
  apiKey?: string | undefined
}

export interface Authentication {
  caller: Caller
  /** The end of the credential, in milliseconds since 1970. Undefined when the credential has no end. */
  expiresAt?: number
  /**
   * The event that this call committed because the member is new or has a new name. The code that calls `authenticate`
   * must publish this event.
   */
  appended?: Appended
}

export interface Identity {
  /**
   * With `onlyKnownKeys`, an API key that this process has not accepted before is refused without a query. Throws
   * Problem 'unauthenticated', 'invalid-token', 'no-organization', 'invalid-api-key' or 'identity-unavailable'. When
   * another process has revoked an API key, this process rejects the key after at most 5 seconds.
   */
  authenticate(credentials: Credentials, options?: {onlyKnownKeys?: boolean}): Promise<Authentication>
  /**
   * Call this method whenever the epoch of the organization's log has been read for a response or a stream. When the
   * epoch is new, the database was restored from a backup, so the cached lookups of the organization are repeated. The
   * epoch is null when the log of the organization no longer exists.
   */
  observeEpoch(organizationId: string, epoch: string | null): void
  /**
   * Returns true when the caller's member no longer exists, because the database was restored from a backup. If the
   * member no longer exists, the cached lookups of the organization are repeated.
   */
  hasLost(caller: Caller): Promise<boolean>
}

const maxEntries = 100_000 // the maximum number of entries in each cache; one process can serve about 100,000 callers
const maxTokenAgeMs = 60_000 // after this time, a token is verified again, because its key may have been withdrawn
// The maximum number of API keys that are accepted while their address exceeds its limit of refusals.
const maxAcceptedKeys = 10_000
const maxKeyAgeMs = 5_000 // the documented maximum delay before a revoked key is rejected

const systemClock: Clock = {now: () => Date.now(), monotonicNow: () => performance.now()}

export function createIdentity(options: IdentityOptions): Identity {
  const {db, auth: keys, clock = systemClock} = options
  const {now, monotonicNow} = clock
  const verify = tokenVerifier({...options, keys, now, monotonicNow})
  const tokens = createLookupCache<Claims>({
    maxEntries,
    maxAgeMs: maxTokenAgeMs,
    validForMs: ({expiresAt}) => expiresAt - now(),
    monotonicNow,
  })
  // Cached members do not expire: only a restore deletes a member, and only a newer token renames a member.
  const members = createLookupCache<KnownMember & Lookup>({maxEntries, monotonicNow})
  const epochs = new Epochs(maxEntries)
  const apiKeys = createLookupCache<ApiKey & Lookup>({
    maxEntries,
    maxAgeMs: maxKeyAgeMs,
    validForMs: ({expires_at}) => (expires_at ? Date.parse(expires_at) - now() : Number.POSITIVE_INFINITY),
    monotonicNow,
  })
  const acceptedKeys = new LRUCache<string, true>({max: maxAcceptedKeys})

  async function authenticateToken(token: string): Promise<Authentication> {
    const claims = await tokens.get(digest(token), async () =>
      readClaims(await verify(token), options, now()),
    )
    const key = JSON.stringify([claims.issuer, claims.organization, claims.subject])
    let appended: Appended | undefined
    // Concurrent calls share this lookup. Only the call that started the lookup returns the appended event.
    const resolve = async () => {
      const startedAt = epochs.startLookup()
      const resolved = await resolveMember(db, claims)
      appended ??= resolved.appended // a repeated lookup finds the member that the first lookup created
      if (appended) epochs.observe(resolved.member.organization_id, appended.cursor.epoch)
      return {...resolved.member, startedAt}
    }
    let member = await members.get(key, resolve)
    while (epochs.isOutdated(member) || hasNewerName(claims, member)) {
      member = await members.renew(key, member, resolve)
    }
    const {user_id, organization_id, name} = member
    const caller = {user_id, organization_id, role: claims.role, name}
    return {caller, expiresAt: claims.expiresAt, ...(appended && {appended})}
  }

  async function authenticateApiKey(key: string, onlyKnown: boolean): Promise<Authentication> {
    const id = digest(key)
    if (onlyKnown && !acceptedKeys.has(id)) throw invalidApiKey()
    const find = async () => ({startedAt: epochs.startLookup(), ...(await findAcceptedKey(key, id))})
    let apiKey = await apiKeys.get(id, find)
    while (epochs.isOutdated(apiKey)) apiKey = await apiKeys.renew(id, apiKey, find)
    const {member_id, organization_id, role, name, expires_at} = apiKey
    const caller = {user_id: member_id, organization_id, role, name}
    return {caller, ...(expires_at && {expiresAt: Date.parse(expires_at)})}
  }

  async function findAcceptedKey(key: string, id: string): Promise<ApiKey> {
    try {
      const apiKey = await findApiKey(db, key, now())
      acceptedKeys.set(id, true)
      return apiKey
    } catch (error) {
      if (error instanceof Problem) acceptedKeys.delete(id) // other errors do not mean that the key is invalid
      throw error
    }
  }

  return {
    async authenticate({token, apiKey}, {onlyKnownKeys = false} = {}) {
      if (token) return authenticateToken(token)
      if (apiKey) return authenticateApiKey(apiKey, onlyKnownKeys)
      const detail = 'Credentials are required: a token (Authorization: Bearer …) or an API key (X-API-Key).'
      throw new Problem('unauthenticated', detail)
    },
    observeEpoch(organizationId, epoch) {
      if (epoch === null) epochs.outdate(organizationId)
      else epochs.observe(organizationId, epoch)
    },
    async hasLost(caller) {
      const isLost = !(await isMember(db, caller))
      if (isLost) epochs.outdate(caller.organization_id)
      return isLost
    },
  }
}

/** Returns the cache key of a credential. The cache key is short, and cannot be used as a credential. */
function digest(credential: string): string {
  return hash('sha256', credential, 'base64')
}
