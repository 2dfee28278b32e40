import {createSecretKey, generateKeyPairSync, randomBytes} from 'node:crypto'
import test, {type ExecutionContext} from 'ava'
import {decodeJwt, type JWTPayload, SignJWT} from 'jose'
import type {KyselyPlugin} from 'kysely'
import {Problem, type ProblemCode} from '../../src/board/problem.ts'
import {type Clock, createIdentity, type Identity, type IdentityOptions} from '../../src/identity/identity.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import type {Database, Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {openNewStore} from '../helpers/new-store.ts'
import {readEvents} from '../helpers/organization.ts'

const secret = randomBytes(32).toString('hex')

let store: Store
test.before(async () => {
  store = await openNewStore()
})
test.after.always(() => store?.close())

test('a token authenticates the caller as a member with a generated id; the caller has the role of the token, and the access ends when the token expires', async t => {
  const {identity} = open()
  const token = await mint(t, {role: 'admin', name: 'Ada Lovelace'})
  const {caller, appended} = await identity.authenticate({token})
  t.like(caller, {role: 'admin', name: 'Ada Lovelace'})
  t.is(appended?.records.length, 1)
  t.deepEqual(await identity.authenticate({token}), {
    caller,
    grant: {memberId: caller.user_id},
    claimedRole: 'admin',
    expiresAt: expiryOf(token),
  })
})

test('a member has the role of the current token, and not the role of an earlier token', async t => {
  const {identity} = open()
  const roles = []
  for (const role of ['admin', 'viewer', undefined] as const) {
    roles.push((await identity.authenticate({token: await mint(t, {role})})).caller.role)
  }
  t.deepEqual(roles, ['admin', 'viewer', 'viewer'])
})

test('a request without credentials or with empty credentials is unauthenticated', async t => {
  const {identity, queries} = open()
  for (const credentials of [{}, {token: ''}, {apiKey: ''}, {token: '', apiKey: ''}]) {
    await t.throwsAsync(identity.authenticate(credentials), {code: 'unauthenticated'})
  }
  t.is(queries(), 0)
})

test('an invalid token is rejected without a database query', async t => {
  const {identity, queries} = open()
  await t.throwsAsync(identity.authenticate({token: 'x'}), {code: 'invalid-token'})
  const token = await mintToken({secret}, {subject: 'ada', organization: '', lifetime: 60})
  await t.throwsAsync(identity.authenticate({token}), {code: 'no-organization'})
  t.is(queries(), 0)
})

test('a token takes precedence over an API key, even when only the API key is valid', async t => {
  const {identity} = open()
  const apiKey = await newApiKey(t, identity)
  t.is((await identity.authenticate({token: await mint(t), apiKey})).caller.name, 'ada')
  await t.throwsAsync(identity.authenticate({token: 'x', apiKey}), {code: 'invalid-token'})
})

test('a token that is minted with the settings of a server is accepted by that server', async t => {
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

test('a known member is authenticated without a query, no matter which token is used', async t => {
  const {identity, queries} = open({clock: controlledClock().clock})
  await identity.authenticate({token: await mint(t)})
  const before = queries()
  for (let times = 0; times < 10; times++) await identity.authenticate({token: await mint(t)})
  t.is(queries(), before)
})

test('when a process receives the first thousand requests of a member concurrently, the process makes only one query', async t => {
  const {caller} = await open().identity.authenticate({token: await mint(t)})
  const {identity, queries} = open({clock: controlledClock().clock}) // The caches are empty, as in a restarted process.
  const tokens = await Promise.all(Array.from({length: 1000}, () => mint(t)))
  const answers = await Promise.all(tokens.map(token => identity.authenticate({token})))
  t.is(queries(), 1)
  for (const answer of answers) t.deepEqual(answer.caller, caller)
})

test('when the first thousand requests of a member use one token concurrently, exactly one result contains the appended event', async t => {
  const {identity} = open()
  const token = await mint(t)
  const answers = await Promise.all(Array.from({length: 1000}, () => identity.authenticate({token})))
  t.is(answers.filter(({appended}) => appended).length, 1)
  t.is(new Set(answers.map(({caller}) => caller.user_id)).size, 1)
  t.is((await readEvents(store.db, answers[0]!.caller.organization_id)).length, 1)
})

test('when ten thousand concurrent requests use one token, the token is verified only once', async t => {
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
  let verifications = 0
  crypto.subtle.verify = async (...args: Parameters<typeof verify>) => {
    // Only this test uses an RSA key, so the verifications of other tests are not counted.
    if ((args[0] as {name: string}).name.startsWith('RSA')) verifications++
    return verify.apply(crypto.subtle, args)
  }
  t.teardown(() => {
    crypto.subtle.verify = verify
  })
  await Promise.all(Array.from({length: 10_000}, () => identity.authenticate({token})))
  t.is(verifications, 1)
})

test('a cached token is rejected after it has expired, with a tolerance of 5 seconds', async t => {
  const {clock, pass} = controlledClock()
  const {identity} = open({clock})
  const token = await sign({sub: 'ada', org_id: t.title, exp: clock.now() / 1000 + 12})
  await identity.authenticate({token})
  pass(16_900)
  await t.notThrowsAsync(identity.authenticate({token}))
  pass(200)
  const refusal = await t.throwsAsync(identity.authenticate({token}), {code: 'invalid-token'})
  t.like(refusal, {data: {reason: 'expired'}})
})

test('the rejection of a token is not cached, so the token is accepted when its validity period has begun', async t => {
  const {clock, pass} = controlledClock()
  const {identity} = open({clock})
  const nbf = clock.now() / 1000 + 20
  const token = await sign({sub: 'ada', org_id: t.title, nbf, exp: nbf + 60})
  await t.throwsAsync(identity.authenticate({token}), {code: 'invalid-token'})
  pass(15_100)
  await t.notThrowsAsync(identity.authenticate({token}))
})

test('a process replaces the cached name of a member when a token contains a newer name', async t => {
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
  const {caller} = await two.authenticate({token: newer})
  t.deepEqual(caller, first!.caller)
  t.is((await two.authenticate({token: old})).caller.name, 'Ada King')
  t.is((await readEvents(store.db, first!.caller.organization_id)).length, 2)
})

test('when the database fails, every waiting request is rejected, and the failure is not cached', async t => {
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

test('ten thousand concurrent requests with one API key share one query, and the next request needs no query', async t => {
  const {identity, queries} = open({clock: controlledClock().clock})
  const apiKey = await newApiKey(t, identity)
  const before = queries()
  await Promise.all(Array.from({length: 10_000}, () => identity.authenticate({apiKey})))
  await identity.authenticate({apiKey})
  t.is(queries(), before + 1)
})

test('a request with an API key is authenticated as the member of that key, with the role of that key', async t => {
  const {identity} = open()
  const apiKey = await newApiKey(t, identity)
  const {caller} = await identity.authenticate({apiKey})
  t.like(caller, {role: 'member', name: 'Robot'})
  const {id: apiKeyId} = await store.db
    .selectFrom('api_keys')
    .select('id')
    .where('member_id', '=', caller.user_id)
    .executeTakeFirstOrThrow()
  t.deepEqual(await identity.authenticate({apiKey}), {caller, grant: {memberId: caller.user_id, apiKeyId}})
})

test('an API key is rejected no later than 2 seconds after its revocation', async t => {
  const {clock, pass} = controlledClock()
  const {identity} = open({clock})
  const apiKey = await newApiKey(t, identity)
  await identity.authenticate({apiKey})
  await revokeKeyOf(t)
  pass(2_001)
  await t.throwsAsync(identity.authenticate({apiKey}), {code: 'invalid-api-key'})
})

test('even when the wall clock is set back, an API key is rejected no later than 2 seconds after its revocation', async t => {
  const {clock, pass, setWallClock} = controlledClock()
  const {identity} = open({clock})
  const apiKey = await newApiKey(t, identity)
  await identity.authenticate({apiKey})
  await revokeKeyOf(t)
  setWallClock(clock.now() - 3_600_000)
  pass(2_001)
  await t.throwsAsync(identity.authenticate({apiKey}), {code: 'invalid-api-key'})
})

test('a cached API key is rejected after it has expired', async t => {
  const {clock, pass} = controlledClock()
  const {identity} = open({clock})
  const apiKey = await newApiKey(t, identity, new Date(clock.now() + 3_000).toISOString())
  await identity.authenticate({apiKey})
  pass(3_001)
  await t.throwsAsync(identity.authenticate({apiKey}), {code: 'invalid-api-key'})
})

test('while a process receives every change of access, the process looks up a member again only when the access of this member has changed', async t => {
  const {clock, pass} = controlledClock()
  let followedSince: number | undefined
  const {identity, queries} = open({clock, followedSince: () => followedSince})
  const token = await mint(t)
  const {grant} = await identity.authenticate({token})
  const queriesFor = async () => {
    const before = queries()
    await identity.authenticate({token})
    return queries() - before
  }
  followedSince = clock.monotonicNow()
  pass(300_000)
  t.is(await queriesFor(), 0)
  identity.applyAccessChange({ids: [grant.memberId], reason: null})
  t.is(await queriesFor(), 1)
  t.is(await queriesFor(), 0)
  followedSince = clock.monotonicNow() + 1
  pass(2_001)
  t.is(
    await queriesFor(),
    1,
    'the lookup is older than the time since when the process receives every change',
  )
  followedSince = undefined
  pass(2_001)
  t.is(await queriesFor(), 1)
})

test('the role that an admin has set takes precedence over the role of the token and of the API key', async t => {
  const {identity} = open()
  const token = await mint(t, {role: 'admin'})
  const apiKey = await newApiKey(t, identity)
  const callers = [await identity.authenticate({token}), await identity.authenticate({apiKey})]
  await store.db.updateTable('members').set({set_role: 'viewer'}).where('id', 'in', idsOf(callers)).execute()
  identity.applyAccessChange({ids: idsOf(callers), reason: null})
  t.is((await identity.authenticate({token})).caller.role, 'viewer')
  t.is((await identity.authenticate({apiKey})).caller.role, 'viewer')
})

test('a removed member is refused, even with a newer token', async t => {
  const {identity} = open()
  const token = await mint(t)
  const {caller} = await identity.authenticate({token})
  const removed_at = new Date().toISOString()
  await store.db.updateTable('members').set({removed_at}).where('id', '=', caller.user_id).execute()
  identity.applyAccessChange({ids: [caller.user_id], reason: null})
  await t.throwsAsync(identity.authenticate({token}), {code: 'member-removed'})
  const newer = await mint(t, {role: 'admin', name: 'Ada King'})
  await t.throwsAsync(identity.authenticate({token: newer}), {code: 'member-removed'})
})

test('while the database is unavailable, a member that was authenticated before is still accepted', async t => {
  const {clock, pass} = controlledClock()
  let failure: string | undefined
  const {identity} = open({clock}, () => {
    if (failure === '57P01') throw Object.assign(new Error('down'), {code: failure})
    if (failure) throw new Problem(failure as ProblemCode, 'down')
  })
  const token = await mint(t)
  const {caller} = await identity.authenticate({token})
  for (const code of ['57P01', 'store-unavailable', 'store-busy']) {
    failure = code
    for (let times = 0; times < 3; times++) {
      pass(2_001)
      t.deepEqual((await identity.authenticate({token})).caller, caller, code)
    }
  }
  identity.applyAccessChange({ids: [caller.user_id], reason: null})
  await t.throwsAsync(identity.authenticate({token}), {code: 'store-busy'}, 'the access has changed')
})

test('after an organization gets a new epoch, only the members and API keys of that organization are looked up again', async t => {
  const {identity, queries} = open({clock: controlledClock().clock})
  const apiKey = await newApiKey(t, identity)
  const token = await mint(t)
  const {caller} = await identity.authenticate({apiKey})
  const foreignToken = await mintToken({secret}, {subject: 'eve', organization: `${t.title} 2`, lifetime: 60})
  await identity.authenticate({token: foreignToken})
  const queriesFor = async () => {
    const before = queries()
    await identity.authenticate({token})
    await identity.authenticate({apiKey})
    await identity.authenticate({token: foreignToken})
    return queries() - before
  }

  const {epoch} = await readHead(store.db, caller.organization_id)
  identity.observeEpoch(caller.organization_id, epoch)
  t.is(await queriesFor(), 0, 'the members were created in this epoch')
  identity.observeEpoch(caller.organization_id, 'aaaaaaaaaaaaa')
  t.is(await queriesFor(), 2)
  identity.observeEpoch(caller.organization_id, 'aaaaaaaaaaaaa')
  t.is(await queriesFor(), 0)
  identity.observeEpoch(caller.organization_id, null)
  t.is(await queriesFor(), 2)
})

test('a lookup is repeated when the organization gets a new epoch during the lookup', async t => {
  const {caller} = await open().identity.authenticate({token: await mint(t)})
  let onQuery = () => {}
  const {identity, queries} = open({}, () => onQuery())
  identity.observeEpoch(caller.organization_id, 'aaaaaaaaaaaaa')
  onQuery = () => identity.observeEpoch(caller.organization_id, 'bbbbbbbbbbbbb')
  t.deepEqual((await identity.authenticate({token: await mint(t)})).caller, caller)
  t.is(queries(), 2)
})

test('when a new epoch is detected while a member is being created, the event of the member is returned once', async t => {
  const first = await open().identity.authenticate({token: await mint(t)})
  const {identity} = open()
  // The epoch of the log differs from the observed epoch, so the server detects a new epoch while the server creates
  // Bob.
  identity.observeEpoch(first.caller.organization_id, 'aaaaaaaaaaaaa')
  const token = await mintToken({secret}, {subject: 'bob', organization: t.title, lifetime: 60})
  t.is((await identity.authenticate({token})).appended?.records.length, 1)
  t.is((await identity.authenticate({token})).appended, undefined)
})

test('hasLost detects that the member of a caller no longer exists; the next request creates the member again', async t => {
  const {identity} = open()
  const token = await mint(t)
  const {caller} = await identity.authenticate({token})
  t.false(await identity.hasLost(caller))
  await store.db.deleteFrom('members').where('id', '=', caller.user_id).execute()
  t.true(await identity.hasLost(caller))
  const again = await identity.authenticate({token})
  t.not(again.caller.user_id, caller.user_id)
  t.is(again.appended?.records.length, 1)
})

function idsOf(callers: readonly {caller: {user_id: string}}[]): string[] {
  return callers.map(({caller}) => caller.user_id)
}

/** Creates an Identity with empty caches, as in a new process. `queries` returns the number of queries. */
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

/** Creates a token for Ada in an organization that only this test uses. */
function mint(t: ExecutionContext, request: {role?: 'admin' | 'viewer' | undefined; name?: string} = {}) {
  return mintToken({secret}, {subject: 'ada', organization: t.title, lifetime: 600, ...request})
}

function expiryOf(token: string): number {
  return decodeJwt(token).exp! * 1000
}

/** A wall clock and a monotonic clock that only the test changes. The wall clock starts at a whole second. */
function controlledClock() {
  let wall = Math.floor(Date.now() / 1000) * 1000
  let monotonic = 1
  const clock: Clock = {now: () => wall, monotonicNow: () => monotonic}
  return {
    clock,
    pass(milliseconds: number) {
      wall += milliseconds
      monotonic += milliseconds
    },
    setWallClock(time: number) {
      wall = time
    },
  }
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

/** Revokes the API key of this test's organization. */
async function revokeKeyOf(t: ExecutionContext): Promise<void> {
  const {id} = await store.db
    .selectFrom('api_keys as k')
    .innerJoin('organizations as o', 'o.id', 'k.organization_id')
    .select('k.id')
    .where('o.claim', '=', t.title)
    .executeTakeFirstOrThrow()
  await revokeApiKey(store.db, id)
}
