import {createSecretKey, generateKeyPairSync, randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {type JWTPayload, SignJWT} from 'jose'
import type {KyselyPlugin} from 'kysely'
import {createApiKey, revokeApiKey} from '../../src/identity/api-keys.ts'
import {createIdentity, type Identity, type IdentityOptions} from '../../src/identity/identity.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {migrate} from '../../src/store/migrate.ts'
import {readEvents} from '../helpers/organization.ts'

const secret = randomBytes(32).toString('hex')

let store: Store
test.before(async () => {
  store = await openStore({})
  await migrate(store.db)
})
test.after.always(() => store?.close())

test('a token makes its bearer a caller, with an id of ours and the role of the token', async t => {
  const {identity} = open()
  const token = await mint(t, {role: 'admin', name: 'Ada Lovelace'})
  const {caller, appended} = await identity.authenticate({token})
  t.like(caller, {role: 'admin', name: 'Ada Lovelace'})
  t.is(appended?.records.length, 1)
  t.deepEqual(await identity.authenticate({token}), {caller})
})

test('the role is that of the token at hand, not that of an earlier one', async t => {
  const {identity} = open()
  const roles = []
  for (const role of ['admin', 'viewer', undefined] as const) {
    roles.push((await identity.authenticate({token: await mint(t, {role})})).caller.role)
  }
  t.deepEqual(roles, ['admin', 'viewer', 'viewer'])
})

test('without credentials nobody is known, and empty ones are none', async t => {
  const {identity, queries} = open()
  for (const credentials of [{}, {token: ''}, {apiKey: ''}, {token: '', apiKey: ''}]) {
    await t.throwsAsync(identity.authenticate(credentials), {code: 'unauthenticated'})
  }
  t.is(queries(), 0)
})

test('a token that is refused costs no query', async t => {
  const {identity, queries} = open()
  await t.throwsAsync(identity.authenticate({token: 'x'}), {code: 'invalid-token'})
  const token = await mintToken({secret}, {subject: 'ada', organization: '', lifetime: 60})
  await t.throwsAsync(identity.authenticate({token}), {code: 'no-organization'})
  t.is(queries(), 0)
})

test('a token wins over an API key, also when only the API key is good', async t => {
  const {identity} = open()
  const apiKey = await newApiKey(t, identity)
  t.is((await identity.authenticate({token: await mint(t), apiKey})).caller.name, 'ada')
  await t.throwsAsync(identity.authenticate({token: 'x', apiKey}), {code: 'invalid-token'})
})

test('minted tokens pass the server whose settings they were minted with', async t => {
  const settings = {
    issuer: 'https://issuer.example',
    audience: 'boards',
    orgClaim: 'https://acme.example/org',
  }
  const {identity} = open(settings)
  const request = {subject: 'ada', organization: t.title, lifetime: 60}
  const token = await mintToken({secret, ...settings}, request)
  t.is((await identity.authenticate({token})).caller.name, 'ada')
  await t.throwsAsync(identity.authenticate({token: await mintToken({secret}, request)}), {
    code: 'invalid-token',
  })
})

test('a known member costs no query, whichever token they come with', async t => {
  const {identity, queries} = open()
  await identity.authenticate({token: await mint(t)})
  const before = queries()
  for (let times = 0; times < 10; times++) await identity.authenticate({token: await mint(t)})
  t.is(queries(), before)
})

test('a thousand first requests of a member at once cost one query in a process that has not seen them', async t => {
  const {caller} = await open().identity.authenticate({token: await mint(t)})
  const {identity, queries} = open() // as after a restart
  const tokens = await Promise.all(Array.from({length: 1000}, () => mint(t)))
  const answers = await Promise.all(tokens.map(token => identity.authenticate({token})))
  t.is(queries(), 1)
  for (const answer of answers) t.deepEqual(answer, {caller})
})

test('of a thousand who are first seen at once with one token, one is answered what was written', async t => {
  const {identity} = open()
  const token = await mint(t)
  const answers = await Promise.all(Array.from({length: 1000}, () => identity.authenticate({token})))
  t.is(answers.filter(({appended}) => appended).length, 1)
  t.is(new Set(answers.map(({caller}) => caller.user_id)).size, 1)
  t.is((await readEvents(store.db, answers[0]!.caller.organization_id)).length, 1)
})

test('a token shared by ten thousand connections at once costs one look at its signature', async t => {
  const {publicKey, privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
  const pem = publicKey.export({type: 'spki', format: 'pem'}).toString()
  const identity = createIdentity({
    db: store.db,
    auth: {kind: 'public-key', pem},
    defaultRole: 'viewer',
  })
  const token = await new SignJWT({org_id: t.title})
    .setProtectedHeader({alg: 'RS256'})
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(privateKey)
  const verify = crypto.subtle.verify
  let looks = 0
  crypto.subtle.verify = async (...args: Parameters<typeof verify>) => {
    if ((args[0] as {name: string}).name.startsWith('RSA')) looks++ // no other test here has an RSA key
    return verify.apply(crypto.subtle, args)
  }
  t.teardown(() => {
    crypto.subtle.verify = verify
  })
  await Promise.all(Array.from({length: 10_000}, () => identity.authenticate({token})))
  t.is(looks, 1)
})

test('a token that expires while it is known is refused from then on', async t => {
  const {identity} = open()
  // Long enough that a busy machine sees it while it is good; clocks may differ by 5 seconds.
  const exp = Math.floor(Date.now() / 1000) + 12
  const token = await sign({sub: 'ada', org_id: t.title, exp})
  await identity.authenticate({token})
  while (Date.now() / 1000 < exp + 5.1) await delay(50)
  const refusal = await t.throwsAsync(identity.authenticate({token}), {code: 'invalid-token'})
  t.like(refusal, {data: {reason: 'expired'}})
})

test('a token that is refused once is not refused for ever', async t => {
  const {identity} = open()
  const nbf = Math.floor(Date.now() / 1000) + 20
  const token = await sign({sub: 'ada', org_id: t.title, nbf, exp: nbf + 60})
  await t.throwsAsync(identity.authenticate({token}), {code: 'invalid-token'})
  while (Date.now() / 1000 < nbf - 4.9) await delay(50)
  await t.notThrowsAsync(identity.authenticate({token}))
})

test('a rename reaches a process that knows the member by the old name', async t => {
  const one = open().identity
  const two = open().identity
  const iat = Math.floor(Date.now() / 1000) - 100
  const claims = {sub: 'ada', org_id: t.title, exp: iat + 1000}
  const old = await sign({...claims, iat, name: 'Ada'})
  const newer = await sign({...claims, iat: iat + 10, name: 'Ada King'})
  await one.authenticate({token: old})
  await two.authenticate({token: old})

  const [first, ...others] = await Promise.all(
    Array.from({length: 100}, () => one.authenticate({token: newer})),
  )
  t.is(first!.appended?.records.length, 1)
  t.true(others.every(({appended}) => !appended))
  t.is(first!.caller.name, 'Ada King')
  t.deepEqual(await two.authenticate({token: newer}), {caller: first!.caller})
  t.is((await two.authenticate({token: old})).caller.name, 'Ada King')
  t.is((await readEvents(store.db, first!.caller.organization_id)).length, 2)
})

test('a failure of the database reaches those who wait, and is forgotten', async t => {
  let isDown = true
  const {identity} = open({}, () => {
    if (isDown) throw Object.assign(new Error('down'), {code: '57P01'})
  })
  const token = await mint(t)
  const answers = await Promise.allSettled([1, 2, 3].map(() => identity.authenticate({token})))
  t.deepEqual(
    answers.map(answer => answer.status === 'rejected' && answer.reason.code),
    ['57P01', '57P01', '57P01'],
  )
  isDown = false
  t.is((await identity.authenticate({token})).appended?.records.length, 1)
})

test('a known API key costs no query, and ten thousand at once cost one', async t => {
  const {identity, queries} = open()
  const apiKey = await newApiKey(t, identity)
  const before = queries()
  await Promise.all(Array.from({length: 10_000}, () => identity.authenticate({apiKey})))
  await identity.authenticate({apiKey})
  t.is(queries(), before + 1)
})

test('an API key acts as its own member, with its own role', async t => {
  const {identity} = open()
  const apiKey = await newApiKey(t, identity)
  const {caller} = await identity.authenticate({apiKey})
  t.like(caller, {role: 'member', name: 'Robot'})
  t.deepEqual(await identity.authenticate({apiKey}), {caller})
})

test('an API key that was revoked is refused within 5 seconds', async t => {
  t.timeout(15_000)
  const {identity} = open()
  const apiKey = await newApiKey(t, identity)
  await identity.authenticate({apiKey})
  const {id} = await store.db
    .selectFrom('api_keys as k')
    .innerJoin('organizations as o', 'o.id', 'k.organization_id')
    .select('k.id')
    .where('o.claim', '=', t.title)
    .executeTakeFirstOrThrow()
  await revokeApiKey(store.db, id)
  await delay(5050)
  await t.throwsAsync(identity.authenticate({apiKey}), {code: 'invalid-api-key'})
})

test('an API key that expires while it is known is refused from then on', async t => {
  const {identity} = open()
  const expiresAt = Date.now() + 15_000
  const apiKey = await newApiKey(t, identity, new Date(expiresAt).toISOString())
  await identity.authenticate({apiKey})
  while (Date.now() < expiresAt + 50) await delay(50)
  await t.throwsAsync(identity.authenticate({apiKey}), {code: 'invalid-api-key'})
})

/** As a process of its own, that has seen nobody yet; `queries` counts what it asks the database. */
function open(
  options: Partial<IdentityOptions> = {},
  onQuery = () => {},
): {identity: Identity; queries: () => number} {
  let count = 0
  const counter: KyselyPlugin = {
    transformQuery({node}) {
      onQuery()
      count++
      return node
    },
    transformResult: async ({result}) => result,
  }
  const db: Database = store.db.withPlugin(counter)
  const identity = createIdentity({db, auth: {kind: 'secret', secret}, defaultRole: 'viewer', ...options})
  return {identity, queries: () => count}
}

/** A token of Ada in an organization of this test alone. */
function mint(t: ExecutionContext, request: {role?: 'admin' | 'viewer' | undefined; name?: string} = {}) {
  return mintToken({secret}, {subject: 'ada', organization: t.title, lifetime: 600, ...request})
}

function sign(claims: JWTPayload): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({alg: 'HS256'}).sign(createSecretKey(Buffer.from(secret)))
}

async function newApiKey(t: ExecutionContext, identity: Identity, expiresAt?: string): Promise<string> {
  const {caller} = await identity.authenticate({token: await mint(t)})
  const organizationId = caller.organization_id
  const {key} = await createApiKey(store.db, {organizationId, name: 'Robot', role: 'member', expiresAt})
  return key
}
