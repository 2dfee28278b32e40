// Signing in to the page: the cookie, and who may use it.
import {once} from 'node:events'
import {type IncomingMessage, request} from 'node:http'
import test from 'ava'
import {type Server, startServer} from '../helpers/server.ts'

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

const who = {sub: 'ada', org: 'acme', role: 'member', name: 'Ada'} as const

/** As a page of the server itself would send it; `headers` say otherwise. */
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

async function signIn(org = 'acme'): Promise<string> {
  const response = await send(server, 'POST', '/session', {token: await server.tokenFor({...who, org})})
  return response.headers.get('set-cookie')!.split(';')[0]!
}

test('a token becomes a cookie that no script and no other site gets, for as long as the token is good', async t => {
  const response = await send(server, 'POST', '/session', {token: await server.tokenFor(who)})
  t.is(response.status, 200)
  t.is(((await response.json()) as {name: string}).name, 'Ada')
  const [, path, httpOnly, sameSite, maxAge] = response.headers.get('set-cookie')!.split('; ')
  t.deepEqual([path, httpOnly, sameSite], ['Path=/api/v1', 'HttpOnly', 'SameSite=Strict'])
  const seconds = Number(maxAge!.replace('Max-Age=', ''))
  t.true(seconds > 3000 && seconds <= 3600)
})

test('over HTTPS the cookie is for HTTPS alone', async t => {
  const origin = server.url.replace('http:', 'https:')
  const response = await send(server, 'POST', '/session', {token: await server.tokenFor(who)}, {origin})
  t.true(response.headers.get('set-cookie')!.endsWith('; Secure'))
})

test('with the cookie one reads, streams and changes, until one signs out', async t => {
  const cookie = await signIn()
  const me = await send(server, 'GET', '/me', undefined, {cookie})
  t.is(((await me.json()) as {name: string}).name, 'Ada')
  t.is((await send(server, 'POST', '/projects', {name: 'Rocket'}, {cookie})).status, 201)
  const stream = await fetch(`${server.url}/api/v1/events/tasks`, {headers: {cookie}})
  t.is(stream.status, 200)
  await stream.body!.cancel()
  const out = await send(server, 'DELETE', '/session')
  t.is(out.status, 204)
  t.regex(out.headers.get('set-cookie')!, /^boardcast_session=; .*Max-Age=0$/)
})

test('a header and a token in the query win over the cookie', async t => {
  const cookie = await signIn()
  const token = await server.tokenFor({...who, sub: 'bob', name: 'Bob'})
  const me = await send(server, 'GET', '/me', undefined, {cookie, authorization: `Bearer ${token}`})
  t.is(((await me.json()) as {name: string}).name, 'Bob')
  const stream = await fetch(`${server.url}/api/v1/events/tasks?token=nonsense`, {headers: {cookie}})
  t.is(stream.status, 401)
})

test('what another site or another port sends with the cookie is refused and changes nothing', async t => {
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

test('nobody is signed in or out by the page of another site', async t => {
  const headers = {origin: 'https://evil.example'}
  const token = await server.tokenFor(who)
  t.is((await send(server, 'POST', '/session', {token}, headers)).status, 403)
  t.is((await send(server, 'DELETE', '/session', undefined, headers)).status, 403)
})

test('what asks by header may come from anywhere, as before', async t => {
  const authorization = `Bearer ${await server.tokenFor(who)}`
  const headers = {authorization, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site'}
  t.is((await send(server, 'POST', '/projects', {name: 'By a program'}, headers)).status, 201)
})

test('a token that is not good, or too long for a cookie, makes none', async t => {
  for (const [token, status] of [
    ['nonsense', 401],
    ['x'.repeat(3_801), 400],
    [' ', 400],
  ] as const) {
    const response = await send(server, 'POST', '/session', {token})
    t.is(response.status, status)
    t.is(response.headers.get('set-cookie'), null)
  }
})

test('a sign-in that is refused tells people what is wrong with it', async t => {
  for (const body of [{}, {token: 1}, {token: 'x'.repeat(3_801)}, {token: 'x', demo_member: 'ada'}]) {
    const response = await send(server, 'POST', '/session', body)
    t.is(response.status, 400)
    t.regex(((await response.json()) as {detail: string}).detail, /token.*3800/)
  }
})

test('a sign-in that is no JSON in form or in name is refused, and sets no cookie', async t => {
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

test('white space around a pasted token does no harm', async t => {
  const response = await send(server, 'POST', '/session', {token: ` ${await server.tokenFor(who)}\n`})
  t.is(response.status, 200)
})

test('a cookie whose token is not good, or no more, is refused as any other credential', async t => {
  const expired = await server.tokenFor({...who, lifetime: -3600})
  for (const token of [expired, 'nonsense']) {
    const me = await send(server, 'GET', '/me', undefined, {cookie: `boardcast_session=${token}`})
    t.is(me.status, 401)
    t.is(((await me.json()) as {code: string}).code, 'invalid-token')
  }
})

test('the port that goes without saying may be said', async t => {
  const token = await server.tokenFor(who)
  const headers = {origin: 'https://board.example', host: 'board.example:443'}
  const response = await ask(server.url, '/api/v1/session', {token}, headers)
  t.is(response, 200)
})

test('in a demo one is any of its members, elsewhere nobody', async t => {
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

/** The status of a POST that says which host it is for, as fetch does not let one. */
async function ask(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<number> {
  const asking = request(url + path, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
  })
  asking.end(JSON.stringify(body))
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode!
}
