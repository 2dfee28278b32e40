// Tests that pages of the origins in `corsOrigins` (the listed origins) can call the API from a browser, and that
// pages of other origins cannot call the API. A demo allows only its own page.
import {once} from 'node:events'
import {request} from 'node:http'
import {json} from 'node:stream/consumers'
import test from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'

const listed = 'https://board.example'
const server = await startServer({corsOrigins: [listed, 'http://localhost:5173']})
const closed = await startServer({store: server.store})
const demo = await startServer({store: server.store, corsOrigins: [listed], demo: true})
test.after.always(async () => {
  await demo.close()
  await closed.close()
  await server.close()
})

test('a page of a listed origin may use every method and every request header of the API', async t => {
  const {status, headers} = await preflight(server.url, listed)
  t.is(status, 204)
  t.is(headers.get('access-control-allow-origin'), listed)
  t.is(headers.get('access-control-allow-methods'), 'GET,HEAD,PUT,POST,DELETE,PATCH')
  t.is(
    headers.get('access-control-allow-headers'),
    'Authorization,X-API-Key,Content-Type,If-Match,If-None-Match,Idempotency-Key,Last-Event-ID,X-Request-Id,X-Trace-Events,traceparent,tracestate',
  )
})

test('a page of a listed origin may read a response, and also the response headers about the event log, the resource and the limits', async t => {
  const {headers} = await fetch(`${server.url}/api/v1/me`, {headers: {origin: listed}})
  t.is(headers.get('access-control-allow-origin'), listed)
  t.is(
    headers.get('access-control-expose-headers'),
    'Event-Id,ETag,Location,Retry-After,RateLimit,RateLimit-Policy,X-Request-Id',
  )
  t.is(headers.get('access-control-allow-credentials'), null)
  t.is(headers.get('vary'), 'Origin')
})

test('a page of a listed origin may read an error response', async t => {
  const response = await fetch(`${server.url}/api/v1/me`, {headers: {origin: listed}})
  t.is(response.status, 401)
  t.is(response.headers.get('access-control-allow-origin'), listed)
})

for (const origin of [
  'https://evil.example',
  'https://board.example.evil',
  'http://board.example',
  'null',
  '',
]) {
  test(`a page of the origin "${origin}" is not allowed`, async t => {
    const preflighted = await preflight(server.url, origin)
    t.is(preflighted.headers.get('access-control-allow-origin'), null)
    const {headers} = await fetch(`${server.url}/livez`, {headers: {origin}})
    t.is(headers.get('access-control-allow-origin'), null)
  })
}

test('when no origins are listed, a page of another origin cannot call the API; in a demo, even a page of a listed origin cannot call the API', async t => {
  for (const {url} of [closed, demo]) {
    const preflighted = await preflight(url, listed)
    t.is(preflighted.headers.get('access-control-allow-origin'), null)
    const {headers} = await fetch(`${url}/livez`, {headers: {origin: listed}})
    t.is(headers.get('access-control-allow-origin'), null)
  }
})

for (const host of [
  'localhost',
  'localhost:8080',
  'LOCALHOST',
  '127.0.0.1',
  '127.0.0.1:80',
  '[::1]',
  '[::1]:8080',
]) {
  test(`a demo accepts Host: ${host}`, async t => {
    t.is((await sendWithHost(demo.url, host)).status, 200)
  })
}

for (const header of [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]) {
  test(`a demo rejects a request with the header ${header}, which a proxy has added`, async t => {
    const response = await fetch(`${demo.url}/api/v1/demo/members`, {headers: {[header]: '203.0.113.7'}})
    t.is(response.status, 403)
    t.like(await response.json(), {code: 'host-not-allowed'})
    t.is((await fetch(`${server.url}/livez`, {headers: {[header]: '203.0.113.7'}})).status, 200)
  })
}

for (const host of [
  'evil.example',
  'localhost.evil',
  'evil.localhost',
  '127.0.0.1.evil',
  '127.0.0.2',
  '::1',
  'localhost:x',
]) {
  test(`a demo rejects Host: "${host}"`, async t => {
    for (const path of ['/livez', '/api/v1/me', '/nothing']) {
      const {status, body} = await sendWithHost(demo.url, host, path)
      t.is(status, 403)
      t.is(body.code, 'host-not-allowed')
    }
  })
}

test('a demo rejects a request without a Host header', async t => {
  const stream = await Stream.open(`${demo.url}/livez`, {httpVersion: '1.0', headers: {host: ''}})
  await stream.waitUntil(() => stream.head !== '')
  t.is(stream.status, 403)
  stream.close()
})

test('a server that is not a demo accepts any Host header', async t => {
  t.is((await sendWithHost(server.url, 'board.example')).status, 200)
})

function preflight(url: string, origin: string): Promise<Response> {
  const headers = {origin, 'access-control-request-method': 'PUT'}
  return fetch(`${url}/api/v1/projects`, {method: 'OPTIONS', headers})
}

/** Sends a request with the given Host header. Fetch does not allow this header, so `request` is used. */
async function sendWithHost(url: string, host: string, path = '/livez') {
  const sent = request(url + path, {headers: {host}}).end()
  const [response] = await once(sent, 'response')
  return {status: response.statusCode, body: (await json(response)) as {code?: string}}
}
