/** Is this token genuine and still good? What may sign it depends on the kind of key that the server was given. */
import {createHmac, createPublicKey, createSecretKey, timingSafeEqual} from 'node:crypto'
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  UnsecuredJWT,
} from 'jose'
import {Problem} from '../board/problem.ts'

/** Where the keys come from that a token must be signed with. */
export type KeySource =
  /** The issuer's key set. Kept for 10 minutes; fetched anew for a key that it lacks, at most every 30 seconds. */
  | {readonly kind: 'jwks'; readonly url: string}
  /** One public key: SPKI in PEM. */
  | {readonly kind: 'public-key'; readonly pem: string}
  /** A secret shared with the issuer, 32 bytes or more in UTF-8. */
  | {readonly kind: 'secret'; readonly secret: string}

export interface TokenRules {
  keys: KeySource
  /** The `iss` that tokens must have; absent: any or none. */
  issuer?: string | undefined
  /** What a token's `aud` must be or include; absent: any or none. */
  audience?: string | undefined
}

/**
 * A function that answers the claims of a token. It throws Problem 'invalid-token' with a `reason`, or
 * 'identity-unavailable' when the issuer's key set cannot be fetched.
 */
export function tokenVerifier({keys, issuer, audience}: TokenRules): (token: string) => Promise<JWTPayload> {
  const {key, algorithms} = keyOf(keys)
  const options = {
    // Pinned, so that a token cannot choose: not `none`, and not HMAC with a public key's text as its secret.
    algorithms,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: 5, // seconds
    ...(issuer !== undefined && {issuer}),
    ...(audience !== undefined && {audience}),
  }
  const verifyQuickly = keys.kind === 'secret' ? secretVerifier(keys.secret, options) : () => undefined
  return async token => {
    try {
      return verifyQuickly(token) ?? (await jwtVerify(token, key, options)).payload
    } catch (error) {
      throw error instanceof errors.JOSEError ? refusal(error) : error
    }
  }
}

/** Algorithms that a public key verifies. Throws when `pem` is no SPKI, or of a kind that no JWT is signed with. */
export function algorithmsOf(pem: string): string[] {
  if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) throw new Error('Not a public key in PEM')
  const {asymmetricKeyType: type, asymmetricKeyDetails: details} = createPublicKey(pem)
  const algorithms = type === 'ec' ? curveAlgorithms[details?.namedCurve ?? ''] : keyAlgorithms[type ?? '']
  if (!algorithms) throw new Error('Not a key of RSA, of the curves P-256, P-384 and P-521, or of Ed25519')
  // [spec] RFC 7518, section 3.3: a key of size 2048 bits or larger MUST be used.
  if (type === 'rsa' && details!.modulusLength! < 2048) throw new Error('An RSA key of less than 2048 bits')
  return algorithms
}

const keyAlgorithms: Record<string, string[]> = {
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ed25519: ['EdDSA', 'Ed25519'], // two names of one algorithm, RFC 8037 and RFC 9864
}
const curveAlgorithms: Record<string, string[]> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
}
const publicKeyAlgorithms = [...Object.values(keyAlgorithms), ...Object.values(curveAlgorithms)].flat()

function keyOf(keys: KeySource) {
  switch (keys.kind) {
    case 'jwks':
      return {key: remoteKeys(new URL(keys.url)), algorithms: publicKeyAlgorithms}
    case 'public-key':
      return {key: createPublicKey(keys.pem), algorithms: algorithmsOf(keys.pem)}
    case 'secret':
      return {key: new TextEncoder().encode(keys.secret), algorithms: [...hashes.keys()]}
  }
}

const hashes = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
])

/**
 * The claims of a token that was signed with our secret, judged by jose; undefined for any other token: jose, asked
 * for the whole, tells what is wrong with it. By itself jose hands each signature to another thread, 90 µs of CPU
 * where the signature takes 4: a third of what it costs to open a stream.
 */
function secretVerifier(secret: string, options: JWTClaimVerificationOptions) {
  const key = createSecretKey(secret, 'utf8')
  let known: {header: string; hash: string | undefined} = {header: '', hash: undefined}
  return (token: string): JWTPayload | undefined => {
    const [header = '', payload = '', signature = '', ...more] = token.split('.')
    // An issuer's tokens have one header; it is read when it changes.
    if (header !== known.header) known = {header, hash: hashNamedBy(token)}
    if (!known.hash || more.length > 0) return undefined
    const expected = createHmac(known.hash, key).update(`${header}.${payload}`).digest('base64url')
    return isSame(signature, expected)
      ? UnsecuredJWT.decode(`${unsecured}.${payload}.`, options).payload
      : undefined
  }
}

/** The header under which jose judges claims alone. */
const unsecured = Buffer.from('{"alg":"none"}').toString('base64url')

/** Undefined where the header asks for more than a signature of ours. */
function hashNamedBy(token: string): string | undefined {
  try {
    const {alg = '', crit, b64} = decodeProtectedHeader(token)
    return crit === undefined && b64 === undefined ? hashes.get(alg) : undefined
  } catch {
    return undefined
  }
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, expected: string): boolean {
  return (
    given.length === expected.length && timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected))
  )
}

/** What a key set answers to a token that names no key of it; all else that goes wrong is the set's fault. */
const faultsOfTheToken = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS']

function remoteKeys(url: URL): JWTVerifyGetKey {
  const keySet = createRemoteJWKSet(url)
  return async (header, token) => {
    try {
      return await keySet(header, token)
    } catch (error) {
      if (error instanceof errors.JOSEError && faultsOfTheToken.includes(error.code)) throw error
      const detail = 'The keys of the token’s issuer cannot be had just now; try again.'
      throw new Problem('identity-unavailable', detail, {}, {cause: error})
    }
  }
}

function refusal(error: errors.JOSEError): Problem {
  const [reason, detail] = explain(error)
  return new Problem('invalid-token', detail, {reason}, {cause: error})
}

function explain(error: errors.JOSEError): [reason: string, detail: string] {
  if (error instanceof errors.JWTExpired) return ['expired', 'This token has expired; get a new one.']
  if (error instanceof errors.JWTClaimValidationFailed) return explainClaim(error)
  switch (error.code) {
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return ['signature', 'The signature does not fit: another key made it, or the token was altered.']
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return ['algorithm', 'This token is signed by an algorithm that does not go with this server’s key.']
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return ['unknown-key', 'The issuer’s key set has no key for this token; get a new one.']
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return ['unknown-key', 'The issuer has several keys; its tokens must name theirs in the header (kid).']
    default:
      return ['malformed', 'This is not a signed JWT.']
  }
}

function explainClaim({claim, reason}: errors.JWTClaimValidationFailed): [reason: string, detail: string] {
  if (reason === 'missing') return ['claim', `This token lacks the claim ${claim}.`]
  if (claim === 'iss') return ['issuer', 'This token is from an issuer that this server does not trust.']
  if (claim === 'aud') return ['audience', 'This token is meant for another audience.']
  if (claim === 'nbf' && reason === 'check_failed') return ['not-yet', 'This token is not valid yet.']
  return ['claim', `The claim ${claim} of this token is not as it must be.`]
}
