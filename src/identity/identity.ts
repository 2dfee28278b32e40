/** Authentication: turns a token or an API key into a caller, without a query when this process knows the member. */
import {hash} from 'node:crypto'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'
import {type ApiKey, findApiKey} from './api-keys.ts'
import {type ClaimRules, type Claims, readClaims} from './claims.ts'
import {Epochs, type Lookup} from './epochs.ts'
import {createLookupCache} from './lookup-cache.ts'
import {hasNewerName, isMember, type KnownMember, resolveMember} from './members.ts'
import {type KeySource, tokenVerifier} from './verify-token.ts'

export interface IdentityOptions extends ClaimRules {
  db: Database
  auth: KeySource
  /** The `iss` that tokens must have. Default: none, accepts any or no `iss`. */
  issuer?: string | undefined
  /** The value that a token's `aud` must equal or include. Default: none, accepts any or no `aud`. */
  audience?: string | undefined
  /** Default: the system's clocks. */
  clock?: Clock
}

export interface Clock {
  /** Wall-clock time in milliseconds since 1970. Decides whether credentials are valid. */
  now(): number
  /** Milliseconds since an arbitrary moment, never set back. Decides how long cache entries are kept. */
  monotonicNow(): number
}

/** The credentials of a request. The token takes precedence. An empty string counts as missing. */
export interface Credentials {
  token?: string | undefined
  apiKey?: string | undefined
}

export interface Authentication {
  caller: Caller
  /** Events that this call committed and the live feed must publish: the member is new or has a new name. */
  appended?: Appended
}

export interface Identity {
  /**
   * Throws Problem 'unauthenticated', 'invalid-token', 'no-organization', 'invalid-api-key' or
   * 'identity-unavailable'. An API key that another process revoked is rejected after at most 5 seconds.
   */
  authenticate(credentials: Credentials): Promise<Authentication>
  /**
   * The epoch of the organization's log, as a response or a stream found it. A new epoch means that the database was
   * restored from a backup: what the caches contain of the organization is then looked up again. Null: the organization
   * has no log any more.
   */
  observeEpoch(organizationId: string, epoch: string | null): void
  /**
   * Whether the caller's member no longer exists, because the database was restored from a backup. What the caches contain
   * of the organization is then looked up again.
   */
  hasLost(caller: Caller): Promise<boolean>
}

const maxEntries = 100_000 // per cache: the number of callers that may use one process at a time
const maxTokenAgeMs = 60_000 // then a token is verified again: the issuer may have withdrawn its key
const maxKeyAgeMs = 5_000 // the documented delay until a revoked key is rejected

const systemClock: Clock = {now: () => Date.now(), monotonicNow: () => performance.now()}

export function createIdentity(options: IdentityOptions): Identity {
  const {db, auth: keys, issuer, audience, clock = systemClock} = options
  const {now, monotonicNow} = clock
  const verify = tokenVerifier({keys, issuer, audience, now})
  const tokens = createLookupCache<Claims>({
    maxEntries,
    maxAgeMs: maxTokenAgeMs,
    validForMs: ({expiresAt}) => expiresAt - now(),
    monotonicNow,
  })
  // Without an age limit: only a restore deletes members, and a newer token carries a changed name.
  const members = createLookupCache<KnownMember & Lookup>({maxEntries, monotonicNow})
  const epochs = new Epochs(maxEntries)
  const apiKeys = createLookupCache<ApiKey & Lookup>({
    maxEntries,
    maxAgeMs: maxKeyAgeMs,
    validForMs: ({expires_at}) => (expires_at ? Date.parse(expires_at) - now() : Number.POSITIVE_INFINITY),
    monotonicNow,
  })

  async function authenticateToken(token: string): Promise<Authentication> {
    const claims = await tokens.get(digest(token), async () =>
      readClaims(await verify(token), options, now()),
    )
    const key = JSON.stringify([claims.issuer, claims.organization, claims.subject])
    let appended: Appended | undefined
    // Of concurrent callers that share this lookup, only the one that started it returns the appended events.
    const resolve = async () => {
      const startedAt = epochs.startLookup()
      const resolved = await resolveMember(db, claims)
      appended ??= resolved.appended // a repeated lookup finds the member that the first one created
      if (appended) epochs.observe(resolved.member.organization_id, appended.cursor.epoch)
      return {...resolved.member, startedAt}
    }
    let member = await members.get(key, resolve)
    while (epochs.isOutdated(member) || hasNewerName(claims, member)) {
      member = await members.renew(key, member, resolve)
    }
    const {user_id, organization_id, name} = member
    return {caller: {user_id, organization_id, role: claims.role, name}, ...(appended && {appended})}
  }

  async function authenticateApiKey(key: string): Promise<Authentication> {
    const find = async () => ({startedAt: epochs.startLookup(), ...(await findApiKey(db, key, now()))})
    let apiKey = await apiKeys.get(digest(key), find)
    while (epochs.isOutdated(apiKey)) apiKey = await apiKeys.renew(digest(key), apiKey, find)
    const {member_id, organization_id, role, name} = apiKey
    return {caller: {user_id: member_id, organization_id, role, name}}
  }

  return {
    async authenticate({token, apiKey}) {
      if (token) return authenticateToken(token)
      if (apiKey) return authenticateApiKey(apiKey)
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

/** The cache key of a credential: short, and useless to anybody who reads the process's memory. */
function digest(credential: string): string {
  return hash('sha256', credential, 'base64')
}
