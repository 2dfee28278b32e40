// Tests how a user signs in to the page, and which requests may use the session cookie.
import {once} from 'node:events'
import {type IncomingMessage, request} from 'node:http'
import test from 'ava'
import {decodeJwt} from 'jose'
import {type Server, startServer, type Who} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

let server: Server
let demo: Server
test.before(async () => {
  server = await startServer()
  demo = await startServer({demo: true})
})
test.after.always(async () => {
  await demo?.close()
  await server?.close()
})

const ada = {sub: 'ada', org: 'acme', role: 'member', name: 'Ada'} as const

/** Sends a request with the headers that the server's own page sends. `headers` can override them. */
function send(
  to: Server,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  return fetch(`${to.url}/api/v1${path}`, {
    method,
    headers: {origin: to.url, 'content-type': 'application/json', ...headers},
    ...(body !== undefined && {body: JSON.stringify(body)}),
  })
}

/** Returns the cookie of a new session. */
async function signIn(org = 'acme', who: Partial<Who> = {}): Promise<string> {
  const token = await server.tokenFor({...ada, org, ...who})
  const response = await send(server, 'POST', '/session', {token})
  return response.headers.get('set-cookie')!.split(';')[0]!
}

test('signing in sets an HttpOnly, SameSite=Strict cookie that expires with the token', async t => {
  const token = await server.tokenFor(ada)
  const response = await send(server, 'POST', '/session', {token})
  t.is(response.status, 200)
  t.is(((await response.json()) as {name: string}).name, 'Ada')
  const [, path, expires, sameSite, httpOnly] = response.headers.get('set-cookie')!.split('; ')
  t.deepEqual([path, sameSite, httpOnly], ['path=/api/v1', 'samesite=strict', 'httponly'])
  t.is(Date.parse(expires!.replace('expires=', '')), decodeJwt(token).exp! * 1000)
})

test('a page that was loaded over HTTPS gets a Secure cookie that other subdomains cannot set', async t => {
  const origin = server.url.replace('http:', 'https:')
  const response = await send(server, 'POST', '/session', {token: await server.tokenFor(ada)}, {origin})
  t.true(response.headers.get('set-cookie')!.includes('; secure; '))
  const [pair, ...attributes] = response.headers.get('set-cookie')!.split('; ')
  t.regex(pair!, /^__Host-boardcast_session=/)
  t.true(attributes.includes('path=/'))
  t.false(attributes.some(attribute => attribute.startsWith('domain')))
  const created = await send(server, 'POST', '/projects', {name: 'Rocket'}, {origin, cookie: pair!})
  t.is(created.status, 201)
})

test('a cookie that was set over plain HTTP is ignored when the request also contains a cookie that was set over HTTPS, or when a page that was loaded over HTTPS sends a change', async t => {
  const origin = server.url.replace('http:', 'https:')
  const planted = await signIn('acme', {sub: 'mallory', name: 'Mallory'})
  const response = await send(server, 'POST', '/session', {token: await server.tokenFor(ada)}, {origin})
  const own = response.headers.get('set-cookie')!.split(';')[0]!
  const me = await send(server, 'GET', '/me', undefined, {cookie: `${planted}; ${own}`})
  t.is(((await me.json()) as {name: string}).name, 'Ada')
  const change = await send(server, 'POST', '/projects', {name: 'Rocket'}, {origin, cookie: planted})
  t.is(change.status, 401)
})

test('when a page reads data over HTTPS, a cookie that was set over plain HTTP is ignored; when a page reads data over plain HTTP, this cookie is accepted', async t => {
  const cookie = await signIn()
  const statusOf = async (headers: Record<string, string>) => {
    const sent = request(`${server.url}/api/v1/me`, {headers: {cookie, ...headers}}).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  const page = {'sec-fetch-site': 'same-origin'}
  t.is(await statusOf({host: 'board.example', ...page}), 401)
  t.is(await statusOf({host: 'board.example'}), 200)
  for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:8080', 'board.localhost:8080']) {
    t.is(await statusOf({host, ...page}), 200, host)
  }
})

test('the cookie authorizes reads, changes and streams, and signing out deletes the cookie', async t => {
  const cookie = await signIn()
  const me = await send(server, 'GET', '/me', undefined, {cookie})
  t.is(((await me.json()) as {name: string}).name, 'Ada')
  t.is((await send(server, 'POST', '/projects', {name: 'Rocket'}, {cookie})).status, 201)
  const stream = await fetch(`${server.url}/api/v1/events/tasks`, {headers: {cookie}})
  t.is(stream.status, 200)
  await stream.body!.cancel()
  const out = await send(server, 'DELETE', '/session')
  t.is(out.status, 204)
  t.regex(
    out.headers.get('set-cookie')!,
    /^boardcast_session=; path=\/api\/v1; expires=Thu, 01 Jan 1970 00:00:00 GMT; /,
  )
  t.regex(
    out.headers.get('set-cookie')!,
    /, __Host-boardcast_session=; path=\/; expires=Thu, 01 Jan 1970 00:00:00 GMT; .*secure/,
  )
})

test('an Authorization header takes precedence over the cookie, and a token in the query of a stream also takes precedence over the cookie', async t => {
  const cookie = await signIn()
  const token = await server.tokenFor({...ada, sub: 'bob', name: 'Bob'})
  const me = await send(server, 'GET', '/me', undefined, {cookie, authorization: `Bearer ${token}`})
  t.is(((await me.json()) as {name: string}).name, 'Bob')
  const stream = await fetch(`${server.url}/api/v1/events/tasks?token=nonsense`, {headers: {cookie}})
  t.is(stream.status, 401)
})

test('even with a valid cookie, a request from another site or port is rejected and changes nothing', async t => {
  const cookie = await signIn('umbra')
  const before = ((await (await send(server, 'GET', '/projects', undefined, {cookie})).json()) as any).items
    .length
  for (const headers of [
    {origin: 'https://evil.example'},
    {origin: 'http://127.0.0.1:1'},
    {origin: 'null'},
    {'sec-fetch-site': 'cross-site'},
    {'sec-fetch-site': 'same-site'},
    {'sec-fetch-site': 'none'},
  ]) {
    const response = await send(server, 'POST', '/projects', {name: 'Stolen'}, {cookie, ...headers})
    t.is(response.status, 403)
    t.is(((await response.json()) as {code: string}).code, 'cross-site-request')
  }
  const noOrigin = await fetch(`${server.url}/api/v1/projects`, {
    method: 'POST',
    headers: {cookie, 'content-type': 'application/json'},
    body: '{"name": "Stolen"}',
  })
  t.is(noOrigin.status, 403)
  const read = await send(server, 'GET', '/projects', undefined, {cookie, 'sec-fetch-site': 'same-site'})
  t.is(read.status, 403)
  const after = ((await (await send(server, 'GET', '/projects', undefined, {cookie})).json()) as any).items
    .length
  t.is(after, before)
})

test('a page of another site cannot sign a user in or out', async t => {
  const headers = {origin: 'https://evil.example'}
  const token = await server.tokenFor(ada)
  t.is((await send(server, 'POST', '/session', {token}, headers)).status, 403)
  t.is((await send(server, 'DELETE', '/session', undefined, headers)).status, 403)
})

test('a request with an Authorization header is accepted from any site', async t => {
  const authorization = `Bearer ${await server.tokenFor(ada)}`
  const headers = {authorization, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site'}
  t.is((await send(server, 'POST', '/projects', {name: 'By a program'}, headers)).status, 201)
})

test('no cookie is set for an invalid token or for a token that is too long', async t => {
  for (const [token, status] of [
    ['nonsense', 401],
    ['x'.repeat(7_001), 400],
    [' ', 400],
  ] as const) {
    const response = await send(server, 'POST', '/session', {token})
    t.is(response.status, status)
    t.is(response.headers.get('set-cookie'), null)
  }
})

test('an invalid sign-in is rejected with a detail that names the fault', async t => {
  for (const body of [{}, {token: 1}, {token: 'x'.repeat(7_001)}, {token: 'x', demo_member: 'ada'}]) {
    const response = await send(server, 'POST', '/session', body)
    t.is(response.status, 400)
    t.regex(((await response.json()) as {detail: string}).detail, /token.*7000/)
  }
})

test('a sign-in whose body or content type is not JSON is rejected and sets no cookie', async t => {
  const json = 'application/json'
  for (const [type, body, code] of [
    ['text/plain', '{}', 'unsupported-media-type'],
    [json, '{', 'malformed-json'],
    [json, '', 'malformed-json'],
    [json, '[]', 'invalid-request'],
    [json, `{"token": "${'x'.repeat(1024 * 1024)}"}`, 'body-too-large'],
  ] as const) {
    const response = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: {origin: server.url, 'content-type': type},
      body,
    })
    t.is(((await response.json()) as {code: string}).code, code)
    t.is(response.headers.get('content-type'), 'application/problem+json')
    t.is(response.headers.get('set-cookie'), null)
  }
})

test('white space around a pasted token is ignored', async t => {
  const response = await send(server, 'POST', '/session', {token: ` ${await server.tokenFor(ada)}\n`})
  t.is(response.status, 200)
})

test('a cookie without the secret of a session is rejected, even if the cookie contains a valid token', async t => {
  for (const secret of [await server.tokenFor(ada), `bcs_${'x'.repeat(43)}`, 'nonsense']) {
    const me = await send(server, 'GET', '/me', undefined, {cookie: `boardcast_session=${secret}`})
    t.is(me.status, 401)
    t.like(await me.json(), {code: 'invalid-session', reason: 'unknown'})
  }
})

test('after a sign-out, the cookie of the session is refused, and the streams of the session end with stream.revoked', async t => {
  const cookie = await signIn('sign-out')
  const other = await signIn('sign-out')
  const streams = await Promise.all([cookie, other].map(cookie => openStream(cookie)))
  t.is((await send(server, 'DELETE', '/session', undefined, {cookie})).status, 204)
  t.like((await streams[0]!.waitFor('stream.revoked')).data, {reason: 'signed-out'})
  await until(() => streams[0]!.hasEnded)
  const me = await send(server, 'GET', '/me', undefined, {cookie})
  t.like(await me.json(), {code: 'invalid-session', reason: 'ended'})
  t.is((await send(server, 'GET', '/me', undefined, {cookie: other})).status, 200)
  t.false(streams[1]!.hasEnded)
  t.is((await send(server, 'DELETE', '/session', undefined, {cookie})).status, 204, 'a repeated sign-out')
})

test('when a member signs in again, the session is extended, and open streams continue', async t => {
  const cookie = await signIn('renewal', {lifetime: 600})
  const stream = await openStream(cookie)
  const token = await server.tokenFor({...ada, org: 'renewal', lifetime: 6_000})
  const renewed = await send(server, 'POST', '/session', {token}, {cookie})
  const newCookie = renewed.headers.get('set-cookie')!.split(';')[0]!
  t.not(newCookie, cookie, 'a copy of the old cookie must not be extended')
  t.is((await send(server, 'GET', '/me', undefined, {cookie})).status, 401)
  const session = await server.identity.authenticate({session: newCookie.split('=')[1]})
  t.is(session.expiresAt, decodeJwt(token).exp! * 1000)
  await send(server, 'POST', '/projects', {name: 'Rocket'}, {cookie: newCookie})
  await stream.waitFor('project.created')
})

test('when a member signs in again with a token that ends earlier, a new session starts, and the streams of the old session end', async t => {
  const cookie = await signIn('shorter', {lifetime: 6_000})
  const stream = await openStream(cookie)
  const token = await server.tokenFor({...ada, org: 'shorter', lifetime: 60})
  t.is((await send(server, 'POST', '/session', {token}, {cookie})).status, 200)
  t.like((await stream.waitFor('stream.revoked')).data, {reason: 'signed-out'})
})

test('a member can end all of the member’s sessions, and the sessions of other members continue', async t => {
  const cookies = [await signIn('everywhere'), await signIn('everywhere')]
  const others = [await signIn('everywhere', {sub: 'bob', name: 'Bob'}), await signIn('elsewhere')]
  const streams = await Promise.all([...cookies, ...others].map(openStream))
  for (const stream of streams) await stream.waitFor('stream.ready')
  t.is((await send(server, 'DELETE', '/sessions', undefined, {cookie: cookies[0]!})).status, 204)
  for (const stream of streams.slice(0, 2)) {
    t.like((await stream.waitFor('stream.revoked')).data, {reason: 'signed-out'})
  }
  const statusOf = async (cookie: string) => (await send(server, 'GET', '/me', undefined, {cookie})).status
  t.deepEqual(await Promise.all(cookies.map(statusOf)), [401, 401])
  t.deepEqual(await Promise.all(others.map(statusOf)), [200, 200])
  t.false(streams.slice(2).some(({hasEnded}) => hasEnded))
})

test('when a member already has 100 sessions, a new session ends the oldest session', async t => {
  const oldest = await signIn('many')
  const second = await signIn('many')
  for (let count = 2; count < 101; count++) await signIn('many')
  const statusOf = async (cookie: string) => (await send(server, 'GET', '/me', undefined, {cookie})).status
  t.is(await statusOf(oldest), 401)
  t.is(await statusOf(second), 200)
})

test('a member can sign in with a token that ends far in the future', async t => {
  const token = await server.tokenFor({...ada, org: 'far', lifetime: 10 ** 13})
  t.is((await send(server, 'POST', '/session', {token})).status, 200)
})

test('a sign-out deletes the cookie, even if the server cannot end the session', async t => {
  const own = await startServer()
  t.teardown(() => own.close().catch(() => {}))
  const token = await own.tokenFor(ada)
  const signedIn = await send(own, 'POST', '/session', {token})
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
  await own.db.schema.dropTable('tickets').execute()
  await own.db.schema.dropTable('sessions').execute()
  const out = await send(own, 'DELETE', '/session', undefined, {cookie})
  t.is(out.status, 500)
  t.regex(out.headers.get('set-cookie')!, /^boardcast_session=; /)
})

test('when a request with the cookie of a session signs in another member, the session of this cookie ends', async t => {
  const cookie = await signIn('handover')
  const stream = await openStream(cookie)
  const token = await server.tokenFor({...ada, org: 'handover', sub: 'bob', name: 'Bob'})
  const response = await send(server, 'POST', '/session', {token}, {cookie})
  t.not(response.headers.get('set-cookie')!.split(';')[0], cookie)
  t.like((await stream.waitFor('stream.revoked')).data, {reason: 'signed-out'})
  t.is((await send(server, 'GET', '/me', undefined, {cookie})).status, 401)
})

test('the database contains no session secret', async t => {
  const secret = (await signIn('hashes')).split('=')[1]!
  const rows = await server.db.selectFrom('sessions').selectAll().execute()
  t.true(rows.length > 0)
  t.false(JSON.stringify(rows).includes(secret))
})

test('an Origin without a port matches a Host with the default port', async t => {
  const token = await server.tokenFor(ada)
  const headers = {origin: 'https://board.example', host: 'board.example:443'}
  const response = await postWithHost(server.url, '/api/v1/session', {token}, headers)
  t.is(response, 200)
})

test('only a demo lets a user sign in as a demo member without a token', async t => {
  const listed = (await (await send(demo, 'GET', '/demo/members')).json()) as any
  t.deepEqual(
    listed.items.map(({handle}: {handle: string}) => handle),
    ['ada', 'grace'],
  )
  const grace = await send(demo, 'POST', '/session', {demo_member: 'grace'})
  t.is(((await grace.json()) as {name: string}).name, 'Grace Hopper')
  t.is((await send(demo, 'POST', '/session', {demo_member: 'mallory'})).status, 404)
  t.is((await send(server, 'GET', '/demo/members')).status, 404)
  t.is((await send(server, 'POST', '/session', {demo_member: 'ada'})).status, 404)
})

function openStream(cookie: string): Promise<Stream> {
  return Stream.open(`${server.url}/api/v1/events`, {headers: {cookie}})
}

/**
 * Sends a POST with the given headers, and returns the status. Uses `request`, because fetch does not allow the header
 * Host.
 */
async function postWithHost(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<number> {
  const sent = request(url + path, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
  })
  sent.end(JSON.stringify(body))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode!
}
