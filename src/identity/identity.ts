/** Finds the caller for a credential. When the caches contain the caller, no query is needed. */
import {hash} from 'node:crypto'
import {LRUCache} from 'lru-cache'
import {type AccessChange, type Grant, idsOf, type RevocationReason} from '../board/access.ts'
import type {Caller, Role} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {TicketSelection} from '../board/ticket.ts'
import {type Database, forOrganization} from '../store/connection.ts'
import {isBusy, isOutage} from '../store/errors.ts'
import type {Appended} from '../store/event-log.ts'
import {findApiKey, invalidApiKey} from './api-keys.ts'
import {type ClaimRules, type Claims, readClaims} from './claims.ts'
import {findRevoked} from './find-revoked.ts'
import {Freshness, type Lookup} from './freshness.ts'
import type {KeySetOptions} from './key-set.ts'
import {createLookupCache, type LookupCache} from './lookup-cache.ts'
import {hasNewClaims, isMember, type KnownMember, resolveMember} from './members.ts'
import {findSession, invalidSession, type Session} from './sessions.ts'
import {findTicket, invalidTicket, type TicketUse, useTicket} from './tickets.ts'
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
  /**
   * Returns a time of the monotonic clock. From this time until now, the process has received every change of access of
   * the organization. Returns undefined when the process may have missed a change. Default: always undefined.
   */
  followedSince?: (organizationId: string) => number | undefined
  /** Called with the caller when the credential of a request is accepted. */
  onAuthenticated?: (caller: Caller) => void
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

/**
 * The credentials of a request. When a request has several credentials, only one credential is used: the first one in
 * the order of these fields. An empty string is treated as missing.
 */
export interface Credentials {
  token?: string | undefined
  apiKey?: string | undefined
  /** A ticket, which only opens streams. */
  ticket?: string | undefined
  /** The secret in the cookie of the page. */
  session?: string | undefined
}

export interface Authentication {
  caller: Caller
  /** The ids that the access of the caller depends on. */
  grant: Grant
  /** The end of the credential, in milliseconds since 1970. Undefined when the credential has no end. */
  expiresAt?: number
  /** The role in the token. Undefined when the credential is not a token. */
  claimedRole?: Role
  /** Present when the credential is a ticket. The caller can open only the streams of the ticket. */
  ticket?: UsableTicket
  /**
   * The event that this call committed because the member is new or has a new name. The code that calls `authenticate`
   * must publish this event.
   */
  appended?: Appended
}

export interface UsableTicket {
  selection: TicketSelection
  /**
   * Call this method to open a stream. If the ticket has a previous stream, `use` appends a record that ends the
   * previous stream. The code that calls `use` must publish this record. Throws Problem 'invalid-ticket' or
   * 'member-removed'.
   */
  use(): Promise<TicketUse>
}

export interface Identity {
  /**
   * When `onlyKnownSecrets` is true, this process refuses every API key, session and ticket that this process has not
   * accepted before. Such a refusal needs no query. Throws Problem 'unauthenticated', 'invalid-token',
   * 'no-organization', 'invalid-api-key', 'invalid-session', 'invalid-ticket', 'member-removed' or
   * 'identity-unavailable'. Another process may withdraw the access of the caller. If this process follows the log of
   * the organization, this process then refuses the credential at once. If this process does not follow the log, this
   * process refuses the credential after at most 2 seconds. While the database is unavailable, this process accepts the
   * tokens, API keys and sessions that it has accepted before. While the database is unavailable, a request with a
   * ticket fails, because each such request reads the ticket from the database.
   */
  authenticate(credentials: Credentials, options?: {onlyKnownSecrets?: boolean}): Promise<Authentication>
  /** Cached lookups that contain one of the `ids` become outdated. An outdated lookup is repeated before its next use. */
  applyAccessChange(change: Pick<AccessChange, 'ids' | 'reason'>): void
  /** Repeats the cached lookups of the organization, because this process may have missed changes of access. */
  forgetLookups(organizationId: string): void
  /** For each stream, returns the reason why the stream must end, or null; see `find-revoked.ts`. */
  findRevoked(
    streams: readonly {organizationId: string; grant: Grant}[],
  ): Promise<readonly (RevocationReason | 'lost' | null)[]>
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
// The maximum number of API keys, sessions and tickets that this process remembers as accepted. While an address
// exceeds its limit of refusals, the server accepts only remembered secrets from this address.
const maxAcceptedSecrets = 10_000
const maxLookupAgeMs = 2_000 // the documented maximum delay before a withdrawn credential is refused

const systemClock: Clock = {now: () => Date.now(), monotonicNow: () => performance.now()}

/** The caller that a lookup has found. */
interface FoundCaller extends Lookup {
  caller: Omit<Caller, 'role'>
  /** Null when the role of the token applies. */
  role: Role | null
  grant: Grant
  /** The end of the credential, in milliseconds since 1970. Infinity when the credential has no end. */
  expiresAt: number
}

interface FoundMember extends FoundCaller {
  member: KnownMember
}

export function createIdentity(options: IdentityOptions): Identity {
  const {db, auth: keys, clock = systemClock, followedSince = () => undefined} = options
  const {now, monotonicNow} = clock
  const verify = tokenVerifier({...options, keys, now, monotonicNow})
  const tokens = createLookupCache<Claims>({
    maxEntries,
    maxAgeMs: maxTokenAgeMs,
    validForMs: ({expiresAt}) => expiresAt - now(),
    isUnavailable,
    monotonicNow,
  })
  const freshness = new Freshness({maxEntries, maxAgeMs: maxLookupAgeMs, monotonicNow, followedSince})
  const members = createLookupCache<FoundMember>({maxEntries, isUnavailable, monotonicNow})
  const validForMs = ({expiresAt}: FoundCaller) => expiresAt - now()
  const apiKeys = createLookupCache<FoundCaller>({maxEntries, validForMs, isUnavailable, monotonicNow})
  const sessions = createLookupCache<FoundCaller>({maxEntries, validForMs, isUnavailable, monotonicNow})
  const acceptedSecrets = new LRUCache<string, true>({max: maxAcceptedSecrets})

  async function authenticateToken(token: string): Promise<Authentication> {
    const claims = await tokens.get(digest(token), async () =>
      readClaims(await verify(token), options, now()),
    )
    const key = JSON.stringify([claims.issuer, claims.organization, claims.subject])
    let appended: Appended | undefined
    // Concurrent calls share this lookup. Only the call that started the lookup returns the appended event.
    const resolve = async () => {
      const start = freshness.startLookup()
      const {member, appended: event} = await resolveMember(db, claims)
      appended ??= event // only the first lookup appends an event; a repeated lookup finds the new member
      if (event) freshness.observe(member.organization_id, event.cursor.epoch)
      const {user_id, organization_id, name, set_role} = member
      const expiresAt = Number.POSITIVE_INFINITY
      const found = foundCaller(
        {user_id, organization_id, name},
        set_role,
        {memberId: user_id},
        expiresAt,
        start,
      )
      return {...found, member}
    }
    const found = await findCurrent(members, key, resolve, ({member}) => hasNewClaims(claims, member))
    const {role: claimedRole, expiresAt} = claims
    return {...authenticationOf(found, claimedRole), expiresAt, claimedRole, ...(appended && {appended})}
  }

  async function authenticateApiKey(key: string, onlyKnown: boolean): Promise<Authentication> {
    const id = digest(key)
    if (onlyKnown && !acceptedSecrets.has(id)) throw invalidApiKey()
    const find = async () => {
      const start = freshness.startLookup()
      const apiKey = await remembering(id, findApiKey(db, key, now()))
      return foundSecret(apiKey, {memberId: apiKey.member_id, apiKeyId: apiKey.id}, start)
    }
    return authenticationOf(await findCurrent(apiKeys, id, find))
  }

  async function authenticateSession(secret: string, onlyKnown: boolean): Promise<Authentication> {
    const id = digest(secret)
    if (onlyKnown && !acceptedSecrets.has(id)) throw invalidSession('unknown')
    const find = async () => {
      const start = freshness.startLookup()
      const session = await remembering(id, findSession(db, secret, now()))
      return foundSecret(session, {memberId: session.member_id, sessionId: session.id}, start)
    }
    return authenticationOf(await findCurrent(sessions, id, find))
  }

  async function authenticateTicket(ticket: string, onlyKnown: boolean): Promise<Authentication> {
    const id = digest(ticket)
    if (onlyKnown && !acceptedSecrets.has(id)) throw invalidTicket('unknown')
    const found = await remembering(id, findTicket(db, ticket, now()))
    const {organization_id, member_id, name, selection, grant, expiresAt} = found
    const use = () => useTicket(forOrganization(db, organization_id), ticket, now())
    return {
      // Every role can open streams.
      caller: {user_id: member_id, organization_id, name, role: 'viewer'},
      grant,
      ...(expiresAt !== undefined && {expiresAt}),
      ticket: {selection, use},
    }
  }

  /** Remembers whether the secret with the digest `id` was accepted. A lookup that fails in an outage is ignored. */
  async function remembering<T>(id: string, lookup: Promise<T>): Promise<T> {
    try {
      const found = await lookup
      acceptedSecrets.set(id, true)
      return found
    } catch (error) {
      if (error instanceof Problem && !isUnavailable(error)) acceptedSecrets.delete(id)
      throw error
    }
  }

  /**
   * Returns the current lookup. Repeats a cached lookup in three cases: the cached lookup is outdated, `mustRenew`
   * returns true, or `freshness.isDue` returns true. In the third case, returns the cached lookup if the lookup cannot
   * be repeated because of an outage.
   */
  async function findCurrent<T extends Lookup>(
    cache: LookupCache<T>,
    key: string,
    load: () => Promise<T>,
    mustRenew: (found: T) => boolean = () => false,
  ): Promise<T> {
    let isNew = false
    const loadNew = () => {
      isNew = true
      return load()
    }
    let found = await cache.get(key, loadNew)
    while (freshness.isOutdated(found) || mustRenew(found)) found = await cache.renew(key, found, loadNew)
    if (isNew || !freshness.isDue(found)) return found
    try {
      return await cache.renew(key, found, load)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      freshness.postpone(found)
      return found
    }
  }

  async function find(
    {token, apiKey, ticket, session}: Credentials,
    onlyKnownSecrets: boolean,
  ): Promise<Authentication> {
    if (token) return authenticateToken(token)
    if (apiKey) return authenticateApiKey(apiKey, onlyKnownSecrets)
    if (ticket) return authenticateTicket(ticket, onlyKnownSecrets)
    if (session) return authenticateSession(session, onlyKnownSecrets)
    const detail = 'Credentials are required: a token (Authorization: Bearer …) or an API key (X-API-Key).'
    throw new Problem('unauthenticated', detail)
  }

  return {
    async authenticate({token, apiKey, ticket, session}, {onlyKnownSecrets = false} = {}) {
      const authentication = await find({token, apiKey, ticket, session}, onlyKnownSecrets)
      options.onAuthenticated?.(authentication.caller)
      return authentication
    },
    applyAccessChange({ids, reason}) {
      // The result of a lookup does not change when a ticket opens another stream.
      if (reason !== 'ticket-superseded') freshness.outdateIds(ids)
    },
    forgetLookups(organizationId) {
      freshness.outdate(organizationId)
    },
    findRevoked: streams => findRevoked(db, streams),
    observeEpoch(organizationId, epoch) {
      if (epoch === null) freshness.outdate(organizationId)
      else freshness.observe(organizationId, epoch)
    },
    async hasLost(caller) {
      const isLost = !(await isMember(db, caller))
      if (isLost) freshness.outdate(caller.organization_id)
      return isLost
    },
  }
}

function foundCaller(
  caller: FoundCaller['caller'],
  role: Role | null,
  grant: Grant,
  expiresAt: number,
  start: Lookup['start'],
): FoundCaller {
  return {caller, role, grant, expiresAt, organization_id: caller.organization_id, ids: idsOf(grant), start}
}

/** Returns the caller that an API key or a session identifies. */
function foundSecret(
  {
    organization_id,
    name,
    role,
    expires_at,
  }: Pick<Session, 'organization_id' | 'name' | 'role'> & {
    expires_at: string | null
  },
  grant: Grant,
  start: Lookup['start'],
): FoundCaller {
  const caller = {user_id: grant.memberId, organization_id, name}
  const expiresAt = expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(expires_at)
  return foundCaller(caller, role, grant, expiresAt, start)
}

/** `claimedRole` is the role in the token, if the credential is a token. */
function authenticationOf({caller, role, grant, expiresAt}: FoundCaller, claimedRole?: Role): Authentication {
  const authentication = {caller: {...caller, role: (role ?? claimedRole)!}, grant}
  return Number.isFinite(expiresAt) ? {...authentication, expiresAt} : authentication
}

/**
 * Returns true when a lookup failed because the database was unavailable. Returns false when the lookup failed for
 * another reason, such as the end of the access.
 */
function isUnavailable(error: unknown): boolean {
  if (error instanceof Problem) return error.code === 'store-unavailable' || error.code === 'store-busy'
  return isOutage(error) || isBusy(error)
}

/** Returns the cache key of a credential. The cache key is short, and cannot be used as a credential. */
function digest(credential: string): string {
  return hash('sha256', credential, 'base64')
}
