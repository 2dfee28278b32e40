import test from 'ava'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {readAnswer, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

// The server polls the log very rarely. Therefore the streams of these tests receive only the events that a request
// publishes right after its commit.
const server = await startServer({live: {limits: {pollIntervalMs: 600_000}}})
test.after.always(() => server.close())

for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
  test(`a token is accepted in Authorization: ${scheme}`, async t => {
    const token = await server.tokenFor({sub: 'ada', org: t.title, name: 'Ada'})
    const {status, body} = await me({authorization: `${scheme} ${token}`})
    t.is(status, 200)
    t.is(body.name, 'Ada')
  })
}

test('a request with an API key in X-API-Key is accepted and has the role of the key', async t => {
  const {organizationId} = await server.team(t.title)
  const {key, apiKey} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'member'})
  const {status, body} = await me({'x-api-key': key})
  t.is(status, 200)
  const {quotas: _, ...caller} = body
  t.deepEqual(caller, {
    user_id: apiKey.member_id,
    organization_id: organizationId,
    role: 'member',
    name: 'Robot',
  })
})

test('a token takes precedence over an API key', async t => {
  const {organizationId} = await server.team(t.title)
  const {key} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'member'})
  const token = await server.tokenFor({sub: 'ada', org: t.title, name: 'Ada'})
  t.is((await me({authorization: `Bearer ${token}`, 'x-api-key': key})).body.name, 'Ada')
})

test('an API key is used when the scheme of the Authorization header is not Bearer', async t => {
  const {organizationId} = await server.team(t.title)
  const {key} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'member'})
  t.is((await me({authorization: 'Basic YTpi', 'x-api-key': key})).body.name, 'Robot')
})

for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer  ', 'token', 'Bearer a b', 'Bearerx']) {
  test(`Authorization: "${authorization}" is not a credential`, async t => {
    const {status, headers, body} = await me({authorization})
    t.is(status, 401)
    t.is(body.code, 'unauthenticated')
    t.is(headers.get('www-authenticate'), 'Bearer')
  })
}

test('a token that was not signed with the configured key is rejected', async t => {
  const {status, headers, body} = await me({authorization: 'Bearer a.b.c'})
  t.is(status, 401)
  t.is(body.code, 'invalid-token')
  t.is(headers.get('www-authenticate'), 'Bearer')
})

test('a token without an organization is rejected', async t => {
  const {status, body} = await me({
    authorization: `Bearer ${await server.tokenFor({sub: 'ada', org: ''})}`,
  })
  t.is(status, 403)
  t.is(body.code, 'no-organization')
})

test('an unknown or revoked API key is rejected', async t => {
  const {organizationId} = await server.team(t.title)
  const {key, apiKey} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'admin'})
  await revokeApiKey(server.db, apiKey.id)
  for (const wrong of [key, 'bck_unknown', 'x']) {
    const {status, body} = await me({'x-api-key': wrong})
    t.is(status, 401)
    t.is(body.code, 'invalid-api-key')
  }
})

test('a query with two tokens or two API keys is rejected, even when the request has a valid cookie', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  for (const query of [
    `token=${token}&token=${token}`,
    'api_key=a&api_key=b',
    `token=${token}&api_key=a&api_key=b`,
  ]) {
    const url = `${server.url}/api/v1/events/tasks?${query}`
    const {status, body} = await readAnswer(
      await fetch(url, {headers: {cookie: `boardcast_session=${token}`}}),
    )
    t.is(status, 400)
    t.is(body.code, 'invalid-request')
  }
})

test('a stream accepts a token or an API key in the query', async t => {
  const {organizationId} = await server.team(t.title)
  const {key} = await createApiKey(server.db, {organizationId, name: 'Robot', role: 'viewer'})
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  for (const query of [`token=${token}`, `api_key=${key}`]) {
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?${query}`)
    await stream.waitFor('stream.ready')
    stream.close()
  }
  t.pass()
})

test('after the first request of a new member, an open stream receives member.updated', async t => {
  const stream = await openStream(t.title)
  await server.as({sub: 'eve', org: t.title, name: 'Eve'}).get('/me')
  const {data} = await stream.waitFor('member.updated')
  t.is(data.member.name, 'Eve')
  stream.close()
})

test('an open stream delivers the event of a change, and the id of the event equals the Event-Id of the response', async t => {
  const {bob, task} = await server.team(t.title)
  const stream = await openStream(t.title)
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  const {id} = await stream.waitFor('ownership_taken')
  t.is(id, headers.get('event-id')!)
  stream.close()
})

async function openStream(org: string): Promise<Stream> {
  const token = await server.tokenFor({sub: 'ada', org, name: 'Ada'})
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`)
  await stream.waitFor('stream.ready')
  return stream
}

async function me(headers: Record<string, string>) {
  return readAnswer(await fetch(`${server.url}/api/v1/me`, {headers}))
}
