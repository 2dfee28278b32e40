// Attacks with request bodies: bodies that cost much CPU time or memory, from senders without the necessary rights.
import {brotliCompressSync} from 'node:zlib'
import test from 'ava'
import {requireShallowJson} from '../../src/http/json-depth.ts'
import {type Server, startServer} from '../helpers/server.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const bomb = Buffer.from(brotliCompressSync(nested(524_288))) // 1 MiB of brackets in a few bytes

function post(path: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: {'content-type': 'application/json', origin: server.url, ...headers},
    body,
  })
}

test('a compressed body is rejected at sign-in before it is decompressed', async t => {
  t.true(bomb.length < 100)
  const response = await post('/session', bomb, {'content-encoding': 'br'})
  t.is(response.status, 415)
  t.is((await response.json()).code, 'unsupported-media-type')
})

test('a body of more than 8 KiB is rejected at sign-in', async t => {
  const response = await post('/session', JSON.stringify({token: 'x'.repeat(9_000)}))
  t.is(response.status, 413)
  t.regex((await response.json()).detail, /must not exceed 8 KiB/)
})

test('deeply nested JSON is rejected before it is parsed', async t => {
  const {ada} = await server.team(t.title)
  const authorization = `Bearer ${await server.tokenFor({sub: 'ada', org: t.title, role: 'member'})}`
  const response = await post('/projects', bomb, {authorization, 'content-encoding': 'br'})
  t.is(response.status, 400)
  const problem = await response.json()
  t.is(problem.code, 'malformed-json')
  t.regex(problem.detail, /nested more than 32 levels/)
  t.is((await ada.get('/projects')).body.items.length, 1)
})

test('brackets in a string are not levels, and a string ends at a quote without a backslash', t => {
  const check = (json: string) => requireShallowJson(Buffer.from(json))
  t.notThrows(() => check(JSON.stringify({text: `"\\${nested(100)}\\`})))
  t.notThrows(() => check(nested(32)))
  t.throws(() => check(nested(33)))
  t.throws(() => check(`["\\\\",${nested(32)}]`))
  t.notThrows(() => check(JSON.stringify(Array(1_000).fill({a: [1]}))))
})

test('the body of a caller without the necessary role or without credentials is not parsed', async t => {
  await server.team(t.title)
  const tokenOf = (sub: string, role: 'viewer' | 'member') => server.tokenFor({sub, org: t.title, role})
  const malformed = '{'
  const viewer = {authorization: `Bearer ${await tokenOf('vic', 'viewer')}`}
  t.is((await post('/projects', malformed, viewer)).status, 403)
  t.is((await post('/projects', malformed)).status, 401)
  const member = {authorization: `Bearer ${await tokenOf('ada', 'member')}`}
  t.is((await post('/projects', malformed, member)).status, 400)
})
