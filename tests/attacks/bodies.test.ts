// Attacks with request bodies that cost much CPU time or memory.
import {once} from 'node:events'
import {createServer, type IncomingMessage} from 'node:http'
import {type AddressInfo, connect, type Socket} from 'node:net'
import {PassThrough} from 'node:stream'
import {text} from 'node:stream/consumers'
import {brotliCompressSync} from 'node:zlib'
import test from 'ava'
import {requireShallowJson} from '../../src/board/json-depth.ts'
import {BodyReader} from '../../src/http/body-reader.ts'
import {newId} from '../../src/store/ids.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

let server: Server
test.before(async () => {
  server = await startServer()
})
test.after.always(() => server.close())

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const bomb = Buffer.from(brotliCompressSync(nested(524_288))) // 1 MiB of brackets, compressed to a few bytes

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

test('brackets in a string are not counted as nesting levels, and only an unescaped quote ends the string', t => {
  const check = (json: string) => requireShallowJson(Buffer.from(json))
  t.notThrows(() => check(JSON.stringify({text: `"\\${nested(100)}\\`})))
  t.notThrows(() => check(nested(32)))
  t.throws(() => check(nested(33)))
  t.throws(() => check(`["\\\\",${nested(32)}]`))
  t.notThrows(() => check(JSON.stringify(Array(1_000).fill({a: [1]}))))
})

test('when a caller has no credentials, or lacks the necessary role, the body of the request is not parsed', async t => {
  await server.team(t.title)
  const tokenOf = (sub: string, role: 'viewer' | 'member') => server.tokenFor({sub, org: t.title, role})
  const malformed = '{'
  const viewer = {authorization: `Bearer ${await tokenOf('vic', 'viewer')}`}
  t.is((await post('/projects', malformed, viewer)).status, 403)
  t.is((await post('/projects', malformed)).status, 401)
  const member = {authorization: `Bearer ${await tokenOf('ada', 'member')}`}
  t.is((await post('/projects', malformed, member)).status, 400)
})

test('a webhook without a well-formed signature, or with a large Content-Length, is rejected before its body arrives', async t => {
  const path = `/api/v1/hooks/github/${newId()}`
  const signed = `x-hub-signature-256: sha256=${'0'.repeat(64)}`
  for (const [header, length, status] of [
    ['x-hub-signature-256: sha256=0', 1_000, 401],
    ['accept: */*', 1_000, 401],
    [signed, 3_000_000, 413],
  ] as const) {
    const socket = await openSocket(t, Number(new URL(server.url).port))
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\n${header}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n`,
    )
    t.regex(String((await once(socket, 'data'))[0]), new RegExp(`^HTTP/1.1 ${status} `))
  }
})

test('bodies that are sent slowly use a limited amount of memory, and do not prevent the server from reading other bodies', async t => {
  const reader = new BodyReader(1_000)
  const outcomes: string[] = []
  const read = async (req: IncomingMessage) => {
    const body = await reader.read(req, 500).then(String, error => error.code)
    outcomes.push(body.length > 100 ? `${body.length} bytes` : body)
  }
  const receiver = createServer((req, res) => read(req).then(() => res.end()))
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  t.teardown(() => {
    receiver.close()
    receiver.closeAllConnections()
  })
  const {port} = receiver.address() as AddressInfo
  const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 401\r\n\r\n'
  const open = async () => {
    const socket = await openSocket(t, port)
    socket.write(head + 'x'.repeat(400))
    return socket
  }

  const [oldest, second] = [await open(), await open()]
  await until(() => reader.totalBytes === 800)
  const third = await open()
  await until(() => outcomes.length === 1)
  t.deepEqual(outcomes, ['overloaded'])
  t.is(reader.totalBytes, 800)
  second.write('y')
  await until(() => outcomes.length === 2)
  t.is(outcomes[1], '401 bytes')
  third.destroy()
  await until(() => outcomes.length === 3)
  t.is(outcomes[2], 'invalid-request')
  t.is(reader.totalBytes, 0)
  oldest.end('y')
  await text(oldest)
})

async function openSocket(t: {teardown(close: () => void): void}, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

test('when a body arrives one byte at a time, the reader uses at most twice the size of the body in memory', async t => {
  const reader = new BodyReader(1_000_000)
  const request = new PassThrough() as unknown as IncomingMessage
  request.headers = {}
  const body = reader.read(request, 100_000)
  for (let count = 0; count < 50_000; count++) request.emit('data', Buffer.from('x'))
  t.true(reader.totalBytes >= 50_000 && reader.totalBytes <= 100_000)
  request.emit('end')
  t.is(String(await body), 'x'.repeat(50_000))
  t.is(reader.totalBytes, 0)
})
