/** Creates tokens for trials and tests. The tokens are signed with the shared secret. */
import {SignJWT} from 'jose'
import type {Role} from '../board/member.ts'

export interface TokenRequest {
  /** The value of `sub`, which identifies the member. */
  subject: string
  /** The value of the organization claim. */
  organization: string
  /** The role. When `role` is undefined, the server uses its default role. */
  role?: Role | undefined
  /** The display name. When `name` is undefined, the server uses `subject` as the name. */
  name?: string | undefined
  /** Seconds from now until the token expires. */
  lifetime: number
}

export interface MintOptions {
  /** The server's AUTH_JWT_SECRET. */
  secret: string
  /** The server's AUTH_ISSUER. */
  issuer?: string | undefined
  /** The server's AUTH_AUDIENCE. */
  audience?: string | undefined
  /** The server's AUTH_ORG_CLAIM. Default `org_id`. */
  orgClaim?: string | undefined
}

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
