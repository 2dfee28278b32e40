/** Who is calling: from a token or an API key to a caller, without a query for those whom this process knows. */
import {hash} from 'node:crypto'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import type {Database} from '../store/connection.ts'
import type {Appended} from '../store/event-log.ts'
import {AnswerCache} from './answer-cache.ts'
import {type ApiKey, findApiKey} from './api-keys.ts'
import {type ClaimRules, type Claims, readClaims} from './claims.ts'
import {bringsNewName, type KnownMember, seeMember} from './members.ts'
import {type KeySource, tokenVerifier} from './verify-token.ts'

export interface IdentityOptions extends ClaimRules {
  db: Database
  auth: KeySource
  /** The `iss` that tokens must have; absent: any or none. */
  issuer?: string | undefined
  /** What a token's `aud` must be or include; absent: any or none. */
  audience?: string | undefined
}

/** What a request brings; the token wins where it brings both, and '' is as good as none. */
export interface Credentials {
  token?: string | undefined
  apiKey?: string | undefined
}

export interface Authenticated {
  caller: Caller
  /** What this call wrote, for the live feed: the caller was seen for the first time or has a new name. */
  appended?: Appended
}

export interface Identity {
  /**
   * Throws Problem 'unauthenticated', 'invalid-token', 'no-organization', 'invalid-api-key' or
   * 'identity-unavailable'. An API key that was revoked elsewhere is refused 5 seconds later at the latest.
   */
  authenticate(credentials: Credentials): Promise<Authenticated>
}

// Each cache holds as many as may well be connected to one process at a time; an entry is a few hundred bytes.
const maxEntries = 100_000
const maxTokenAge = 60_000 // milliseconds; then it is verified again, for the issuer may have withdrawn its key
const maxKeyAge = 5_000 // milliseconds; the promise of how soon a revoked key is refused

export function createIdentity(options: IdentityOptions): Identity {
  const {db, auth: keys, issuer, audience} = options
  const verify = tokenVerifier({keys, issuer, audience})
  const tokens = new AnswerCache<Claims>({maxEntries, maxAge: maxTokenAge, endOf: claims => claims.expiresAt})
  // Members are never deleted, and a name that another process brought comes with the next newer token.
  const members = new AnswerCache<KnownMember>({maxEntries, maxAge: Number.POSITIVE_INFINITY})
  const apiKeys = new AnswerCache<ApiKey>({maxEntries, maxAge: maxKeyAge, endOf: endOfKey})

  async function authenticateToken(token: string): Promise<Authenticated> {
    const claims = await tokens.get(digest(token), async () => readClaims(await verify(token), options))
    const key = JSON.stringify([claims.issuer, claims.organization, claims.subject])
    let appended: Appended | undefined
    // Of many who await one sighting, the one whose question it was has what it wrote.
    const see = async () => {
      const sighting = await seeMember(db, claims)
      appended = sighting.appended
      return sighting.member
    }
    let member = await members.get(key, see)
    while (bringsNewName(claims, member)) member = await members.renew(key, member, see)
    const {user_id, organization_id, name} = member
    return {caller: {user_id, organization_id, role: claims.role, name}, ...(appended && {appended})}
  }

  async function authenticateApiKey(key: string): Promise<Authenticated> {
    const {member_id, organization_id, role, name} = await apiKeys.get(digest(key), () => findApiKey(db, key))
    return {caller: {user_id: member_id, organization_id, role, name}}
  }

  return {
    async authenticate({token, apiKey}) {
      if (token) return authenticateToken(token)
      if (apiKey) return authenticateApiKey(apiKey)
      const detail = 'This needs a token (Authorization: Bearer …) or an API key (X-API-Key).'
      throw new Problem('unauthenticated', detail)
    },
  }
}

function endOfKey({expires_at}: ApiKey): number {
  return expires_at ? Date.parse(expires_at) : Number.POSITIVE_INFINITY
}

/** A credential's place in a cache: short whatever its length, and of no use to who sees it. */
function digest(credential: string): string {
  return hash('sha256', credential, 'base64')
}
