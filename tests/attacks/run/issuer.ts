/** An issuer of tokens: signs valid tokens, and makes the tokens that an attacker could make. */
import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign as signWithKey,
} from 'node:crypto'

/** How the server verifies tokens: with a public key, or with a shared secret. */
export type KeyKind = 'rsa' | 'ec' | 'secret'

export interface Claims {
  sub: string
  org: string
  role: string
  name?: string
}

interface Signer {
  alg: string
  sign(content: string): string
}

type Payload = Record<string, unknown>

const lifetimeSeconds = 3600

export class Issuer {
  readonly kind: KeyKind
  /** The settings with which a server accepts the tokens of this issuer. */
  readonly settings: Readonly<Record<string, string>>
  readonly #signer: Signer
  /** Signs with the key of an attacker. This key has the same kind as the key of the issuer. */
  readonly #attacker: Signer
  readonly #publicKey: KeyObject | undefined

  constructor(kind: KeyKind) {
    const {signer, publicKey, settings} = signerOf(kind)
    this.kind = kind
    this.#signer = signer
    this.#publicKey = publicKey
    this.#attacker = signerOf(kind).signer
    this.settings = settings
  }

  token(claims: Claims): string {
    return jws({}, payloadOf(claims), this.#signer)
  }

  /** A valid token that names no organization. */
  tokenWithoutOrganization(claims: Claims): string {
    return jws({}, {...payloadOf(claims), org_id: undefined}, this.#signer)
  }

  /** Returns tokens that a server must refuse. Each token has a name. `claims` are the claims of an existing member. */
  refusedTokens(claims: Claims): Record<string, string> {
    const payload = payloadOf(claims)
    const signer = this.#signer
    const now = Math.floor(Date.now() / 1000)
    const valid = this.token(claims)
    const [header, body, signature] = valid.split('.')
    const none = (alg: string) => jws({}, payload, {alg, sign: () => ''})
    return {
      'expired token': jws({}, {...payload, exp: now - 60}, signer),
      'forged token': jws({}, payload, this.#attacker),
      'token with alg none': none('none'),
      'token with alg nOnE': none('nOnE'),
      ...Object.fromEntries(
        this.#guessableSecrets().map(([name, secret]) => [
          `HS256 token signed with ${name}`,
          jws({}, payload, hmacSigner(secret)),
        ]),
      ),
      'token that is not valid yet': jws({}, {...payload, nbf: now + 600}, signer),
      'token without exp': jws({}, {...payload, exp: undefined}, signer),
      'token without sub': jws({}, {...payload, sub: undefined}, signer),
      'token of another algorithm': jws({}, payload, signerOf(this.kind === 'rsa' ? 'ec' : 'rsa').signer),
      'token with its own key in the header': jws({jwk: attackerJwk}, payload, attackerSigner),
      'token with an unknown critical header': jws({crit: ['x'], x: 1}, payload, signer),
      'token with changed claims and the old signature': `${header}.${encode({...payload, changed: true})}.${signature}`,
      'token with the signature of alg none': `${encode({alg: 'none'})}.${body}.${signature}`,
      'token without a signature': `${header}.${body}.`,
      'text that is no token': 'x.y.z',
    }
  }

  /** Secrets that an attacker knows: the public key in several forms, and the empty secret. */
  #guessableSecrets(): [name: string, secret: Buffer][] {
    const key = this.#publicKey
    const empty: [string, Buffer] = ['an empty secret', Buffer.alloc(0)]
    if (!key) return [empty]
    const pem = String(key.export({type: 'spki', format: 'pem'}))
    return [
      ['the public key', Buffer.from(pem)],
      ['the trimmed public key', Buffer.from(pem.trim())],
      ['the DER of the public key', key.export({type: 'spki', format: 'der'})],
      empty,
    ]
  }
}

function payloadOf({sub, org, role, name}: Claims): Payload {
  const now = Math.floor(Date.now() / 1000)
  return {sub, org_id: org, org_role: role, name, iat: now, exp: now + lifetimeSeconds}
}

function jws(header: object, payload: Payload, {alg, sign}: Signer): string {
  const content = `${encode({alg, typ: 'JWT', ...header})}.${encode(payload)}`
  return `${content}.${sign(content)}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signerOf(kind: KeyKind) {
  if (kind === 'secret') {
    const secret = randomBytes(32).toString('hex')
    return {
      signer: hmacSigner(Buffer.from(secret)),
      publicKey: undefined,
      settings: {AUTH_JWT_SECRET: secret},
    }
  }
  const {privateKey, publicKey} =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', {modulusLength: 2048})
      : generateKeyPairSync('ec', {namedCurve: 'prime256v1'})
  const pem = String(publicKey.export({type: 'spki', format: 'pem'}))
  return {
    signer: keySigner(kind === 'rsa' ? 'RS256' : 'ES256', privateKey),
    publicKey,
    settings: {AUTH_JWT_PUBLIC_KEY: pem},
  }
}

function keySigner(alg: string, key: KeyObject): Signer {
  return {
    alg,
    sign: content =>
      signWithKey('sha256', Buffer.from(content), {key, dsaEncoding: 'ieee-p1363'}).toString('base64url'),
  }
}

function hmacSigner(secret: Buffer): Signer {
  return {alg: 'HS256', sign: content => createHmac('sha256', secret).update(content).digest('base64url')}
}

const attackerKeys = generateKeyPairSync('rsa', {modulusLength: 2048})
const attackerSigner = keySigner('RS256', attackerKeys.privateKey)
const attackerJwk: JsonWebKey = attackerKeys.publicKey.export({format: 'jwk'})
