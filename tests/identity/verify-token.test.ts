import {createHmac, createSecretKey, generateKeyPairSync, type KeyObject} from 'node:crypto'
import {once} from 'node:events'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {exportJWK, type JWTPayload, jwtVerify, SignJWT} from 'jose'
import {algorithmsOf, type KeySource, tokenVerifier} from '../../src/identity/verify-token.ts'

const secret = 'an unguessable secret of forty-two bytes!!'
const pairs = {
  RSA: generateKeyPairSync('rsa', {modulusLength: 2048}),
  'P-256': generateKeyPairSync('ec', {namedCurve: 'P-256'}),
  'P-384': generateKeyPairSync('ec', {namedCurve: 'P-384'}),
  'P-521': generateKeyPairSync('ec', {namedCurve: 'P-521'}),
  Ed25519: generateKeyPairSync('ed25519'),
}
const algorithms: Record<keyof typeof pairs, string[]> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
}
const now = Math.floor(Date.now() / 1000)
const good = {sub: 'ada', org_id: 'acme', exp: now + 3600}

for (const [kind, pair] of Object.entries(pairs)) {
  test(`${kind}: the public key verifies tokens that the private key signed, with every algorithm of this kind of key`, async t => {
    const pem = pemOf(pair.publicKey)
    const verify = tokenVerifier({keys: {kind: 'public-key', pem}})
    const expected = algorithms[kind as keyof typeof pairs]
    t.deepEqual(algorithmsOf(pem), expected)
    for (const alg of expected) t.deepEqual(await verify(await sign(pair.privateKey, alg)), good)
  })
}

test('a verifier with a secret accepts tokens with the algorithms HS256, HS384 and HS512', async t => {
  const verify = tokenVerifier({keys: {kind: 'secret', secret}})
  for (const alg of ['HS256', 'HS384', 'HS512']) t.deepEqual(await verify(await signWith(secret, alg)), good)
})

test('during the cooldown after a fetch of the key set, a token with an unknown key does not cause another fetch', async t => {
  const {url, requests} = await serveKeys(t, [{...(await exportJWK(pairs.RSA.publicKey)), kid: 'old'}])
  const verify = tokenVerifier({keys: {kind: 'jwks', url}})
  const token = await sign(pairs['P-256'].privateKey, 'ES256', good, 'new')
  for (let attempts = 0; attempts < 3; attempts++) {
    await t.throwsAsync(verify(token), {code: 'invalid-token'})
  }
  t.is(requests(), 1)
})

test('when the issuer adds a key, tokens that are signed with this key are accepted after the cooldown', async t => {
  const keys = [{...(await exportJWK(pairs.RSA.publicKey)), kid: 'old'}]
  const {url, requests} = await serveKeys(t, keys)
  const verify = tokenVerifier({keys: {kind: 'jwks', url, cooldownMs: 0}})
  const token = await sign(pairs['P-256'].privateKey, 'ES256', good, 'new')
  await t.throwsAsync(verify(token), {code: 'invalid-token'})
  keys.push({...(await exportJWK(pairs['P-256'].publicKey)), kid: 'new'})
  const before = requests()
  t.deepEqual(await verify(token), good)
  t.is(requests(), before + 1)
})

test('a token that was signed with a wrong key is rejected because of its signature', async t => {
  const other = generateKeyPairSync('rsa', {modulusLength: 2048})
  await rejects(t, publicKeyOf(pairs.RSA.publicKey), await sign(other.privateKey, 'RS256'), 'signature')
  await rejects(t, {kind: 'secret', secret}, await signWith(`${secret}!`, 'HS256'), 'signature')
})

test('an altered token is rejected because of its signature', async t => {
  const [header, , signature] = (await signWith(secret, 'HS256')).split('.')
  const forged = `${header}.${base64({...good, org_role: 'admin'})}.${signature}`
  await rejects(t, {kind: 'secret', secret}, forged, 'signature')
})

test('the fast verification of HMAC signatures accepts exactly the tokens that jose accepts', async t => {
  const verify = tokenVerifier({keys: {kind: 'secret', secret}})
  const token = await signWith(secret, 'HS256')
  const altered = Array.from(token, (character, at) => {
    return token.slice(0, at) + (character === 'A' ? 'Q' : 'A') + token.slice(at + 1)
  })
  for (const other of [...altered, token.slice(0, -1), `${token}A`, `${token}=`, `${token}.`, ` ${token}`]) {
    const accepted = await verify(other).catch(() => undefined)
    const byJose = await jwtVerify(other, Buffer.from(secret), {algorithms: ['HS256']}).catch(() => undefined)
    t.deepEqual(accepted, byJose?.payload, other)
  }
})

test('a token whose header contains crit or an unknown algorithm is rejected, even when the signature is valid', async t => {
  for (const [more, reason] of [
    [{crit: ['exp'], exp: 1}, 'malformed'],
    [{crit: ['b64'], b64: false}, 'malformed'],
    [{alg: 'constructor'}, 'algorithm'],
    [{alg: '__proto__'}, 'algorithm'],
  ] as const) {
    const signed = `${base64({alg: 'HS256', ...more})}.${base64(good)}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    await rejects(t, {kind: 'secret', secret}, `${signed}.${mac}`, reason)
  }
})

test('when a public key is configured, a token that was signed with the text of this key as an HMAC secret is rejected because of its algorithm', async t => {
  for (const {publicKey} of Object.values(pairs)) {
    const pem = pemOf(publicKey)
    for (const text of [pem, pem.trim(), pem.replaceAll('\n', '\\n')]) {
      await rejects(t, {kind: 'public-key', pem}, await signWith(text, 'HS256'), 'algorithm')
    }
  }
})

test('an unsigned token (alg none) is rejected for every kind of key', async t => {
  const {url} = await serveKeys(t, [])
  const keys: KeySource[] = [{kind: 'secret', secret}, publicKeyOf(pairs.RSA.publicKey), {kind: 'jwks', url}]
  for (const alg of ['none', 'None', 'NONE']) {
    for (const source of keys) await rejects(t, source, `${base64({alg})}.${base64(good)}.`, 'algorithm')
  }
})

test('when a secret is configured, a token that was signed with an asymmetric key is rejected', async t => {
  await rejects(t, {kind: 'secret', secret}, await sign(pairs.RSA.privateKey, 'RS256'), 'algorithm')
})

test('a token with invalid claims is rejected, and the error contains the reason', async t => {
  const cases: [claims: object, reason: string, detail: RegExp][] = [
    [{...good, exp: now - 10}, 'expired', /has expired/],
    [{sub: 'ada'}, 'claim', /claim exp is missing/],
    [{exp: now + 60}, 'claim', /claim sub is missing/],
    [{...good, exp: String(now + 60)}, 'claim', /claim exp/],
    [{...good, iat: 'yesterday'}, 'claim', /claim iat/],
    [{...good, nbf: now + 60}, 'not-yet', /not valid yet/],
  ]
  for (const [claims, reason, detail] of cases) {
    const token = await signWith(secret, 'HS256', claims as JWTPayload)
    await rejects(t, {kind: 'secret', secret}, token, reason, detail)
  }
})

test('the validity period is checked with the given clock and a tolerance of 5 seconds', async t => {
  const claims = {...good, nbf: now + 100, exp: now + 200}
  const token = await signWith(secret, 'HS256', claims)
  const verifyAt = (seconds: number) =>
    tokenVerifier({keys: {kind: 'secret', secret}, now: () => (now + seconds) * 1000})(token)
  for (const seconds of [95, 100, 204]) t.deepEqual(await verifyAt(seconds), claims, `${seconds}`)
  t.like(await t.throwsAsync(verifyAt(94)), {data: {reason: 'not-yet'}})
  t.like(await t.throwsAsync(verifyAt(205)), {data: {reason: 'expired'}})
})

test('issuer and audience are checked when they are configured', async t => {
  const keys: KeySource = {kind: 'secret', secret}
  const verify = tokenVerifier({keys, issuer: 'https://issuer.example', audience: 'boards'})
  const right = {...good, iss: 'https://issuer.example', aud: ['mail', 'boards']}
  t.deepEqual(await verify(await signWith(secret, 'HS256', right)), right)

  const {iss: _, ...withoutIssuer} = right
  const {aud: __, ...withoutAudience} = right
  const cases: [claims: JWTPayload, reason: string][] = [
    [{...right, iss: 'https://issuer.example/'}, 'issuer'],
    [{...right, aud: 'mail'}, 'audience'],
    [withoutIssuer, 'claim'],
    [withoutAudience, 'claim'],
  ]
  for (const [claims, reason] of cases) {
    const error = await t.throwsAsync(verify(await signWith(secret, 'HS256', claims)))
    t.like(error, {code: 'invalid-token', data: {reason}})
  }
})

test('text that is not a JWT is rejected as malformed', async t => {
  for (const token of ['', 'x', 'a.b.c', '..', `${base64({alg: 'HS256'})}..x`, '{}', 'é.é.é', '\0']) {
    await rejects(t, {kind: 'secret', secret}, token, 'malformed')
  }
})

test('an error does not contain the secret or the token', async t => {
  const token = await signWith('another secret of more than 32 bytes!', 'HS256')
  const error = await t.throwsAsync(tokenVerifier({keys: {kind: 'secret', secret}})(token))
  t.notRegex(JSON.stringify({...error, message: error?.message}), /secret|eyJ/)
})

test('concurrent verifications fetch the key set once and select the key by its id', async t => {
  const {url, requests} = await serveKeys(t, [
    {...(await exportJWK(pairs.RSA.publicKey)), kid: 'old'},
    {...(await exportJWK(pairs['P-256'].publicKey)), kid: 'new'},
  ])
  const verify = tokenVerifier({keys: {kind: 'jwks', url}})
  const tokens = await Promise.all([
    sign(pairs.RSA.privateKey, 'RS256', good, 'old'),
    sign(pairs['P-256'].privateKey, 'ES256', good, 'new'),
  ])
  const verified = await Promise.all(Array.from({length: 100}, (_, index) => verify(tokens[index % 2]!)))
  for (const payload of verified) t.deepEqual(payload, good)
  t.is(requests(), 1)
})

test('a token whose key is not in the key set is rejected as an invalid token', async t => {
  const {url} = await serveKeys(t, [{...(await exportJWK(pairs.RSA.publicKey)), kid: 'old'}])
  const keys: KeySource = {kind: 'jwks', url}
  await rejects(t, keys, await sign(pairs.RSA.privateKey, 'RS256', good, 'new'), 'unknown-key')
  await rejects(t, keys, await sign(pairs['P-256'].privateKey, 'ES256', good, 'old'), 'unknown-key')
})

test('a token without kid is rejected when several keys of the set match', async t => {
  const {publicKey: another} = generateKeyPairSync('rsa', {modulusLength: 2048})
  const {url} = await serveKeys(t, [await exportJWK(pairs.RSA.publicKey), await exportJWK(another)])
  await rejects(t, {kind: 'jwks', url}, await sign(pairs.RSA.privateKey, 'RS256'), 'unknown-key', /kid/)
})

test('when a key set is configured, a token that was signed with a public key of the set as an HMAC secret is rejected because of its algorithm', async t => {
  const jwk = await exportJWK(pairs.RSA.publicKey)
  const {url, requests} = await serveKeys(t, [jwk])
  await rejects(t, {kind: 'jwks', url}, await signWith(JSON.stringify(jwk), 'HS256'), 'algorithm')
  t.is(requests(), 0, 'the key set is not fetched')
})

test('when a key set cannot be fetched or read, the verification fails with identity-unavailable', async t => {
  const down = await serveKeys(t, [])
  down.server.close()
  await once(down.server, 'close')
  const broken = await listen(t, (_, res) => res.writeHead(500).end('no'))
  const absurd = await listen(t, (_, res) => res.end('<html>'))
  const shapeless = await listen(t, (_, res) => res.end('{"keys": "none"}'))
  const token = await sign(pairs.RSA.privateKey, 'RS256')
  for (const {url} of [down, broken, absurd, shapeless]) {
    await t.throwsAsync(
      tokenVerifier({keys: {kind: 'jwks', url}})(token),
      {code: 'identity-unavailable'},
      url,
    )
  }
})

test('when a key set is available again, the next verification succeeds', async t => {
  let isUp = false
  const jwk = await exportJWK(pairs.RSA.publicKey)
  const {url} = await listen(t, (_, res) => {
    if (isUp) res.end(JSON.stringify({keys: [jwk]}))
    else res.writeHead(503).end()
  })
  let now = 0
  const verify = tokenVerifier({keys: {kind: 'jwks', url}, monotonicNow: () => now})
  const token = await sign(pairs.RSA.privateKey, 'RS256')
  await t.throwsAsync(verify(token), {code: 'identity-unavailable'})
  isUp = true
  now += 500 // the delay after one failure
  t.deepEqual(await verify(token), good)
})

test('algorithmsOf rejects keys that cannot verify the signature of a JWT', t => {
  const others = [
    pemOf(generateKeyPairSync('ec', {namedCurve: 'secp256k1'}).publicKey),
    pemOf(generateKeyPairSync('x25519').publicKey),
    pemOf(generateKeyPairSync('rsa', {modulusLength: 1024}).publicKey),
    pairs.RSA.privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
    pairs.RSA.publicKey.export({type: 'pkcs1', format: 'pem'}).toString(),
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    '',
  ]
  for (const pem of others) t.throws(() => algorithmsOf(pem), undefined, pem)
})

async function rejects(
  t: ExecutionContext,
  keys: KeySource,
  token: string,
  reason: string,
  detail = /./,
): Promise<void> {
  const error = await t.throwsAsync(tokenVerifier({keys})(token), {code: 'invalid-token', message: detail})
  t.like(error, {data: {reason}})
}

function publicKeyOf(publicKey: KeyObject): KeySource {
  return {kind: 'public-key', pem: pemOf(publicKey)}
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({type: 'spki', format: 'pem'}).toString()
}

function sign(key: KeyObject, alg: string, claims: JWTPayload = good, kid?: string): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({alg, ...(kid && {kid})}).sign(key)
}

function signWith(text: string, alg: string, claims: JWTPayload = good): Promise<string> {
  return sign(createSecretKey(Buffer.from(text)), alg, claims)
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Serves a key set over HTTP. The test can add keys to `keys` while the server runs. */
async function serveKeys(t: ExecutionContext, keys: object[]) {
  let requests = 0
  const served = await listen(t, (_, res) => {
    requests++
    res.end(JSON.stringify({keys}))
  })
  return {...served, requests: () => requests}
}

async function listen(
  t: ExecutionContext,
  listener: Parameters<typeof createServer>[1],
): Promise<{url: string; server: Server}> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, server}
}
