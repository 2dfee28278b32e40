import {SignJWT} from 'jose'
import type {Role} from '../board/member.ts'

export interface TokenRequest {
  /** The member's `sub`. */
  subject: string
  /** The organization, as the issuer names it. */
  organization: string
  /** Absent: the server's default role. */
  role?: Role | undefined
  /** Absent: the server shows the subject. */
  name?: string | undefined
  /** Seconds from now until the token expires. */
  lifetime: number
}

export interface MintOptions {
  /** What the server that shall accept the token has in AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE and AUTH_ORG_CLAIM. */
  secret: string
  issuer?: string | undefined
  audience?: string | undefined
  orgClaim?: string | undefined
}

/** A token signed with the shared secret, for trying things out and for tests; people get theirs from an issuer. */
export async function mintToken(options: MintOptions, request: TokenRequest): Promise<string> {
  const {secret, issuer, audience, orgClaim = 'org_id'} = options
  const {subject, organization, role, name, lifetime} = request
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    sub: subject,
    [orgClaim]: organization,
    ...(role && {org_role: role}),
    ...(name && {name}),
    ...(issuer && {iss: issuer}),
    ...(audience && {aud: audience}),
    iat: now,
    exp: now + lifetime,
  })
    .setProtectedHeader({alg: 'HS256', typ: 'JWT'})
    .sign(new TextEncoder().encode(secret))
}
