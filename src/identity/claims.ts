/** What a verified token says of its bearer, in our words. */
import type {JWTPayload} from 'jose'
import {type Role, roles} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {truncate} from '../board/truncate.ts'

/** Who calls, by names that only the issuer gives; `members.ts` finds our ids for them. */
export interface Claims {
  /** '' where the token names none. */
  issuer: string
  organization: string
  subject: string
  role: Role
  /** 1 to 200 characters: the token's `name`, else `email`, else `sub`. */
  name: string
  email: string | null
  /** When the token was issued, in milliseconds since 1970; 0 where it does not say or says a time to come. */
  issuedAt: number
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface ClaimRules {
  /** The claim that names the organization: a claim's name, or a path with dots. Absent: `org_id`, else `o.id`. */
  orgClaim?: string | undefined
  /** The role of those whose token names none, or one that we do not know. */
  defaultRole: Role
}

/** The issuer of the member rows of API keys; no token may pass for one of them. */
export const apiKeyIssuer = 'api-key'

/** Throws Problem 'no-organization', or 'invalid-token' for a claim that cannot be stored. */
export function readClaims(payload: JWTPayload, {orgClaim, defaultRole}: ClaimRules): Claims {
  const {iss, sub, iat, exp, org_id, org_role, name, email} = payload
  const organization = orgClaim ? claimAt(payload, orgClaim) : (org_id ?? claimAt(payload, 'o.id'))
  if (organization === undefined || organization === null || organization === '') {
    const detail = 'This token names no organization; sign in to one, and use the token that you get then.'
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
    name: nameOf(name) || nameOf(email) || truncate(subject, maxNameLength),
    email: emailOf(email),
    issuedAt: issueTime(iat),
    expiresAt: exp! * 1000,
  }
}

/** The claim of that very name (some are URLs, with dots of their own), else the one at the path. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null
    return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
  }, payload)
}

const maxKeyLength = 255 // [spec] OpenID Connect Core, section 2: sub MUST NOT exceed 255 ASCII characters

/** A claim that a row is found by: it must stand in the database exactly as it stands in the token. */
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
  const detail = `The claim ${claim} of this token must be a string of 1 to ${maxKeyLength} characters, well-formed, without NUL, and not ${apiKeyIssuer}.`
  return new Problem('invalid-token', detail, {reason: 'claim'})
}

/** `org:admin` and `admin` are one; undefined where there is none or we do not know it. */
function roleOf(value: unknown): Role | undefined {
  if (typeof value !== 'string') return undefined
  return roles.find(role => value === role || value === `org:${role}`)
}

const maxNameLength = 200 // UTF-16 code units

/** '' when nothing of it is left. */
function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? truncate(value.replaceAll('\0', '').trim().toWellFormed(), maxNameLength).trimEnd()
    : ''
}

function emailOf(value: unknown): string | null {
  const isEmail =
    typeof value === 'string' && value.length <= 320 && value.isWellFormed() && !value.includes('\0')
  return isEmail && value !== '' ? value : null
}

/** A token from the future must not name its bearer for ever: until that time it counts as the oldest. */
function issueTime(iat: number | undefined): number {
  const issuedAt = Math.floor((iat ?? 0) * 1000)
  return issuedAt > 0 && issuedAt <= Date.now() + 5000 ? issuedAt : 0
}
