import test, {type ExecutionContext} from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const server = await startServer()
const embedded = await startServer({embedded: true})
test.after.always(() => Promise.all([server.close(), embedded.close()]))

const newKey = {name: 'Robot', role: 'member'} as const

/** Requests `GET /me` with the API key. Returns the status of the response, the code of the problem, and the role. */
async function getMe(key: string, {url} = server) {
  const response = await fetch(`${url}/api/v1/me`, {headers: {'x-api-key': key}})
  const {code, role} = (await response.json()) as {code?: string; role?: string}
  return {status: response.status, code, role}
}

for (const [kind, host] of [
  ['Postgres or the embedded database', server],
  ['the embedded database', embedded],
] as const) {
  test(`on ${kind}, an admin creates a key, uses the key, and revokes the key`, async t => {
    const {root} = await host.team(t.title)
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    const {status, body} = await root.post('/api-keys', {...newKey, expires_at})
    t.is(status, 201)
    const {key, ...listed} = body
    t.regex(key, /^bck_[\w-]{43}$/)
    t.like(listed, {...newKey, expires_at, revoked_at: null})
    t.deepEqual((await root.get('/api-keys')).body, {items: [listed], next: null})
    t.like(await getMe(key, host), {status: 200, role: 'member'})

    t.is((await root.delete(`/api-keys/${listed.id}`)).status, 204)
    t.like(await getMe(key, host), {status: 401, code: 'invalid-api-key'})
    const [revoked] = (await root.get('/api-keys')).body.items
    t.like(revoked, {id: listed.id})
    t.truthy(revoked.revoked_at)
  })
}

test('when a key has already been revoked, a repeated request to revoke the key succeeds and changes nothing', async t => {
  const {root, organizationId} = await server.team(t.title)
  const {id} = (await root.post('/api-keys', newKey)).body
  await root.delete(`/api-keys/${id}`)
  const before = await server.stateOf(organizationId)
  t.is((await root.delete(`/api-keys/${id}`)).status, 204)
  t.deepEqual(await server.stateOf(organizationId), before)
})

test('when a key is revoked, the streams of this key end with stream.revoked and a reason, and the streams of other keys stay open', async t => {
  const {root, ada, project} = await server.team(t.title)
  const {id, key} = (await root.post('/api-keys', newKey)).body
  const {key: otherKey} = (await root.post('/api-keys', newKey)).body
  const [revoked, other] = await Promise.all([key, otherKey].map(openStream))
  await root.delete(`/api-keys/${id}`)
  await revoked!.ended()
  t.like(revoked!.received.at(-1), {data: {type: 'stream.revoked', reason: 'api-key-revoked'}})
  await ada.patch(`/projects/${project.id}`, {name: 'Rocket 2'})
  await other!.waitFor('project.updated')
  other!.close()
})

test('the list of keys has pages, and begins with the oldest key', async t => {
  const {root} = await server.team(t.title)
  const ids = []
  for (const name of ['One', 'Two', 'Three']) {
    ids.push((await root.post('/api-keys', {...newKey, name})).body.id)
    await nextMillisecond()
  }
  const {body: first} = await root.get('/api-keys?limit=2')
  const {body: rest} = await root.get(`/api-keys?limit=2&after=${first.next}`)
  t.deepEqual(
    [...first.items, ...rest.items].map(({id}: {id: string}) => id),
    ids,
  )
  t.is(rest.next, null)
})

test('only admins can list, create and revoke keys', async t => {
  const {root, ada, vic} = await server.team(t.title)
  const {id} = (await root.post('/api-keys', newKey)).body
  for (const client of [ada, vic]) {
    for (const answer of [
      await client.get('/api-keys'),
      await client.post('/api-keys', newKey),
      await client.delete(`/api-keys/${id}`),
    ]) {
      t.like(answer, {status: 403, body: {code: 'role-insufficient', needed: 'admin'}})
    }
  }
})

test('an admin cannot see or revoke a key of another organization', async t => {
  const {root} = await server.team(t.title)
  const {id, key} = (await root.post('/api-keys', newKey)).body
  const {root: stranger} = await server.team(`${t.title} 2`)
  t.deepEqual((await stranger.get('/api-keys')).body.items, [])
  t.like(await stranger.delete(`/api-keys/${id}`), {status: 404, body: {code: 'api-key-not-found'}})
  t.is((await getMe(key)).status, 200)
})

test('when a key is created, a past or invalid expires_at is rejected, and an expires_at in another time zone is converted to UTC', async t => {
  const {root, organizationId} = await server.team(t.title)
  const before = await server.stateOf(organizationId)
  for (const expires_at of [new Date(Date.now() - 1).toISOString(), 'tomorrow', '2099-02-30T00:00:00Z', 1]) {
    const {status, body} = await root.post('/api-keys', {...newKey, expires_at})
    t.like({status, body}, {status: 400, body: {code: 'invalid-request'}})
    t.is(body.errors[0].path, 'expires_at')
  }
  t.deepEqual(await server.stateOf(organizationId), before)
  const {body} = await root.post('/api-keys', {...newKey, expires_at: '2099-01-01T00:00:00+02:00'})
  t.is(body.expires_at, '2098-12-31T22:00:00.000Z')
})

test('when an organization already has MAX_API_KEYS valid keys, a request to create another key is rejected', async t => {
  const small = await startServer({quotas: {MAX_API_KEYS: 1}})
  t.teardown(() => small.close())
  const {root} = await small.team(t.title)
  const {id} = (await root.post('/api-keys', newKey)).body
  const data = {setting: 'MAX_API_KEYS', limit: 1, used: 1}
  t.like(await root.post('/api-keys', newKey), {status: 403, body: {code: 'quota-exceeded', ...data}})
  await root.delete(`/api-keys/${id}`)
  t.is((await root.post('/api-keys', newKey)).status, 201)
})

test('when a request to create a key is repeated with its Idempotency-Key, no second key is created, and the response names the first key', async t => {
  const {root} = await server.team(t.title)
  const send = () => root.post('/api-keys', newKey, {'idempotency-key': 'k'})
  const {id} = (await send()).body
  for (const answer of await Promise.all([send(), send()])) {
    t.like(answer, {status: 409, body: {code: 'secret-already-shown', id}})
  }
  await requireKeys(t, root, [id])
})

test('when several requests with the same Idempotency-Key arrive at the same time, only one of these requests creates a key', async t => {
  const {root} = await server.team(t.title)
  const answers = await Promise.all(
    Array.from({length: 5}, () => root.post('/api-keys', newKey, {'idempotency-key': 'k'})),
  )
  const created = answers.filter(({status}) => status === 201)
  t.is(created.length, 1)
  for (const {status, body} of answers.filter(answer => answer !== created[0])) {
    t.like({status, body}, {status: 409, body: {code: 'secret-already-shown', id: created[0]!.body.id}})
  }
  await requireKeys(t, root, [created[0]!.body.id])
})

test('when a key has been created, no table contains the key', async t => {
  const {root, organizationId} = await server.team(t.title)
  const {key} = (await root.post('/api-keys', newKey, {'idempotency-key': 'k'})).body
  await root.post('/api-keys', newKey, {'idempotency-key': 'k'})
  const [stored, ...others] = await server.db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .execute()
  t.deepEqual(others, [])
  t.true(stored!.answer.includes('secret-already-shown'))
  const events = await server.db
    .selectFrom('events')
    .select('data')
    .where('organization_id', '=', organizationId)
    .execute()
  const state = await server.stateOf(organizationId)
  t.false(JSON.stringify([stored, events, state]).includes(key.slice('bck_'.length)))
  t.false(JSON.stringify(server.log).includes(key))
})

async function requireKeys(
  t: ExecutionContext,
  root: {get: (path: string) => Promise<{body: any}>},
  ids: string[],
) {
  const {items} = (await root.get('/api-keys')).body
  t.deepEqual(
    items.map(({id}: {id: string}) => id),
    ids,
  )
}

async function openStream(key: string): Promise<Stream> {
  const stream = await Stream.open(`${server.url}/api/v1/events`, {headers: {'x-api-key': key}})
  await stream.waitFor('stream.ready')
  return stream
}

/** Waits for the next millisecond, because ids are ordered by the millisecond in which they are created. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now()
  while (Date.now() === now) await new Promise(resolve => setImmediate(resolve))
}
