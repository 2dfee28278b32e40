import {generateKeyPairSync} from 'node:crypto'
import {once} from 'node:events'
import {createServer, type RequestListener} from 'node:http'
import type {AddressInfo} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {exportJWK} from 'jose'
import {type KeySetOptions, remoteKeySet} from '../../src/identity/key-set.ts'
import {until} from '../helpers/until.ts'

const {publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
const jwk = {...(await exportJWK(publicKey)), kid: 'known'}
const known = {alg: 'RS256', kid: 'known'}
const unknown = {alg: 'RS256', kid: 'unknown'}
const unavailable = {code: 'identity-unavailable'}
const minuteMs = 60_000

test('while the issuer cannot be reached, the last key set verifies tokens for 12 hours', async t => {
  const issuer = await startIssuer(t)
  const {find, clock} = keySetOf(issuer.url)
  await find(known)
  issuer.respond = (_, res) => res.writeHead(503).end()
  clock.now += 12 * 60 * minuteMs
  await t.notThrowsAsync(find(known))
  clock.now += 1
  await t.throwsAsync(find(known), unavailable)
})

test('when the issuer does not respond, a token with a known key is verified without a delay', async t => {
  const issuer = await startIssuer(t)
  const {find, clock} = keySetOf(issuer.url)
  await find(known)
  issuer.respond = () => {}
  clock.now += 6 * minuteMs
  await t.notThrowsAsync(find(known))
  await until(() => issuer.requests === 2)
  await t.notThrowsAsync(find(known))
})

test('after a failed fetch, a token is verified before the next fetch ends', async t => {
  const issuer = await startIssuer(t)
  const {find, clock} = keySetOf(issuer.url)
  await find(known)
  issuer.respond = (_, res) => res.writeHead(503).end()
  clock.now += 11 * minuteMs
  await t.notThrowsAsync(find(known))
  issuer.respond = () => {}
  clock.now += minuteMs
  await t.notThrowsAsync(find(known))
  await until(() => issuer.requests === 3)
})

test('when the last fetch is more than ten minutes old, the keys are fetched again before a token is verified, so a withdrawn key is rejected', async t => {
  const issuer = await startIssuer(t)
  const {find, clock} = keySetOf(issuer.url)
  await find(known)
  issuer.respond = (_, res) => res.end(JSON.stringify({keys: [{...jwk, kid: 'new'}]}))
  clock.now += 11 * minuteMs
  await t.throwsAsync(find(known), {code: 'ERR_JWKS_NO_MATCHING_KEY'})
  t.is(issuer.requests, 2)
})

test('after a failed fetch, no request is sent until a delay has passed, and each failed request doubles the delay', async t => {
  const issuer = await startIssuer(t, (_, res) => res.writeHead(500).end())
  const failures: Error[] = []
  const {find, clock} = keySetOf(issuer.url, {onFetchFailed: error => failures.push(error)})
  for (const [waitMs, requests] of [
    [0, 1],
    [499, 1],
    [1, 2],
    [999, 2],
    [1, 3],
    [1_999, 3],
    [1, 4],
  ] as const) {
    clock.now += waitMs
    await t.throwsAsync(find(known), unavailable)
    t.is(issuer.requests, requests)
    t.is(failures.length, requests, 'a fetch that was not sent is not reported')
  }
})

test('while the issuer cannot be reached, a token with an unknown key fails with identity-unavailable', async t => {
  const issuer = await startIssuer(t)
  const {find} = keySetOf(issuer.url, {cooldownMs: 0})
  await find(known)
  issuer.respond = (_, res) => res.writeHead(503).end()
  await t.throwsAsync(find(unknown), unavailable)
})

for (const [name, respond] of Object.entries<RequestListener>({
  'more than 1 MiB': (_, res) => res.end(JSON.stringify({keys: [jwk], padding: ' '.repeat(1024 * 1024)})),
  'an endless text': (_, res) => {
    const timer = setInterval(() => res.write(' '.repeat(256 * 1024)), 1)
    res.on('close', () => clearInterval(timer))
  },
  'no JSON': (_, res) => res.end('<html>'),
  'no list of keys': (_, res) => res.end('{"keys": "none"}'),
  'an empty list of keys': (_, res) => res.end('{"keys": []}'),
  'a list without keys': (_, res) => res.end('{"keys": [null]}'),
  'a redirect': (_, res) => res.writeHead(302, {Location: '/other'}).end(),
})) {
  test(`a response with ${name} is rejected, and the last key set stays in use`, async t => {
    const issuer = await startIssuer(t)
    const {find, clock} = keySetOf(issuer.url)
    await find(known)
    issuer.respond = respond
    clock.now += 12 * 60 * minuteMs
    await t.notThrowsAsync(find(known))
    await until(() => issuer.requests === 2)
    clock.now += 1
    await t.throwsAsync(find(known), unavailable)
  })
}

function keySetOf(url: string, options: Partial<KeySetOptions> = {}) {
  const clock = {now: 0}
  const find = remoteKeySet({url, monotonicNow: () => clock.now, ...options})
  const token = {payload: '', signature: ''} // the key set uses only the header of the token
  return {clock, find: async (header: {alg: string; kid: string}) => find(header, token)}
}

async function startIssuer(t: ExecutionContext, respond: RequestListener = respondWithKeys) {
  const issuer = {respond, requests: 0, url: ''}
  const server = createServer((req, res) => {
    issuer.requests++
    issuer.respond(req, res)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  return issuer
}

function respondWithKeys(...[, res]: Parameters<RequestListener>): void {
  res.end(JSON.stringify({keys: [jwk]}))
}
