/** Reads the claims of a verified token. */
import type {JWTPayload} from 'jose'
import {oneLine} from '../board/fields.ts'
import {type Role, roles} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {truncate} from '../board/truncate.ts'

/** The claims that identify the caller. `members.ts` finds the ids of the member and the organization. */
export interface Claims {
  /** '' when the token has no `iss`. */
  issuer: string
  organization: string
  subject: string
  role: Role
  /** The first non-empty claim in the order `name`, `email`, `sub`. 1 to 200 characters. */
  name: string
  email: string | null
  /**
   * The time when the token was issued, in milliseconds since 1970. When `iat` is missing or in the future, this time
   * is 0.
   */
  issuedAt: number
  /** The time when the token expires, in milliseconds since 1970. */
  expiresAt: number
}

export interface ClaimRules {
  /**
   * The claim that identifies the organization: the name of a claim, or a path with dots such as `o.id`. By default,
   * the claim is `org_id`. When the token has no `org_id`, the default is `o.id`.
   */
  orgClaim?: string | undefined
  /** The role of a member whose token has no role or an unknown role. */
  defaultRole: Role
}

/**
 * The value of `issuer` for members that belong to API keys. Tokens with this `iss` are rejected, so that a token
 * cannot act as an API key.
 */
export const apiKeyIssuer = 'api-key'

/**
 * Returns the claims that identify the caller. When the token has no organization claim, throws Problem
 * 'no-organization'. When a claim cannot be stored, throws Problem 'invalid-token'. `now` is in milliseconds since
 * 1970.
 */
export function readClaims(
  payload: JWTPayload,
  {orgClaim, defaultRole}: ClaimRules,
  now = Date.now(),
): Claims {
  const {iss, sub, iat, exp, org_id, org_role, name, email} = payload
  const organization = orgClaim ? claimAt(payload, orgClaim) : (org_id ?? claimAt(payload, 'o.id'))
  if (organization === undefined || organization === null || organization === '') {
    const detail =
      'This token contains no organization. Sign in to an organization, and use the token that you get there.'
    throw new Problem('no-organization', detail)
  }
  const issuer = iss === undefined ? '' : requireKey(iss, 'iss')
  if (issuer === apiKeyIssuer) throw invalidClaim('iss')
  const subject = requireKey(sub, 'sub')
  return {
    issuer,
    organization: requireKey(organization, orgClaim ?? 'org_id'),
    subject,
    role: roleOf(org_role ?? claimAt(payload, 'o.rol')) ?? defaultRole,
    name: nameOf(name) || nameOf(email) || truncate(oneLine(subject), maxNameLength),
    email: emailOf(email),
    issuedAt: issueTime(iat, now),
    expiresAt: Math.min(exp! * 1000, latestTime),
  }
}

/**
 * Returns the claim at `path`. A claim whose name equals the whole `path` takes precedence, because the name of a claim
 * may contain dots.
 */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null
    return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
  }, payload)
}

const latestTime = Date.parse('9999-12-31T23:59:59.999Z') // the database and `Date` can store this time

const maxKeyLength = 255 // [spec] OpenID Connect Core, section 2: sub MUST NOT exceed 255 ASCII characters

/**
 * Returns the value of a claim that is part of a database key. Throws Problem 'invalid-token' when the database cannot
 * store the claim unchanged.
 */
function requireKey(value: unknown, claim: string): string {
  const isKey =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxKeyLength &&
    value.isWellFormed() &&
    !value.includes('\0')
  if (!isKey) throw invalidClaim(claim)
  return value
}

function invalidClaim(claim: string): Problem {
  const detail = `The claim ${claim} must be a well-formed string of 1 to ${maxKeyLength} characters without NUL, and must not be '${apiKeyIssuer}'.`
  return new Problem('invalid-token', detail, {reason: 'claim'})
}

/** Accepts both `admin` and `org:admin`. Returns undefined when the role is missing or unknown. */
function roleOf(value: unknown): Role | undefined {
  if (typeof value !== 'string') return undefined
  return roles.find(role => value === role || value === `org:${role}`)
}

const maxNameLength = 200 // UTF-16 code units

/**
 * Returns the value as one line of text that the database can store. Returns '' when the value is not a string, or when
 * the trimmed value is empty.
 */
function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? truncate(oneLine(value.replaceAll('\0', '')).trim().toWellFormed(), maxNameLength).trimEnd()
    : ''
}

function emailOf(value: unknown): string | null {
  const isEmail =
    typeof value === 'string' && value.length <= 320 && value.isWellFormed() && !value.includes('\0')
  return isEmail && value !== '' ? value : null
}

/**
 * Returns `iat` in milliseconds, or 0 when `iat` is missing or more than 5 seconds in the future. If such a future time
 * were stored, tokens that are issued before that time could not rename the member.
 */
function issueTime(iat: number | undefined, now: number): number {
  const issuedAt = Math.floor((iat ?? 0) * 1000)
  return issuedAt > 0 && issuedAt <= now + 5000 ? issuedAt : 0
}
