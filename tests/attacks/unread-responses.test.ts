// Attacks of clients that do not read the responses to their requests.
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import Koa from 'koa'
import {JsonPieces, sendPieces} from '../../src/http/json-pieces.ts'
import type {PageFiles} from '../../src/http/page-files.ts'
import {startHttpServer} from '../helpers/http-server.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const mebibyte = 1024 * 1024
// The system's buffers for one connection on loopback are smaller than this page.
const content = Buffer.alloc(16 * mebibyte, 'x')
const page: PageFiles = {index: {content, compressed: {}}, assets: new Map()}
/** The lines of the log about responses whose connections ended too early. */
const cutResponses = ({log}: Server) =>
  log.filter(({path, status, aborted}) => path === '/' && status === 200 && aborted)
const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`

async function openSocket(t: ExecutionContext, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Requests the page. Resolves when the server has begun to respond, and then reads no more. */
async function requestPage(t: ExecutionContext, url: string): Promise<Socket> {
  const socket = await openSocket(t, url)
  socket.write(request('/'))
  await once(socket, 'readable')
  return socket
}

test('when 40 clients do not read a page, the server closes their connections, and answers other clients in the meantime', async t => {
  const server = await startServer({page, http: {stallTimeoutMs: 1_000}})
  t.teardown(() => server.close())
  for (let count = 0; count < 40; count++) await requestPage(t, server.url)
  const other = await openSocket(t, server.url)
  other.write(request('/livez'))
  other.resume()
  t.regex(String((await once(other, 'data'))[0]), /^HTTP\/1.1 200 /)
  other.destroy()
  await until(async () => (await server.connections()) === 0)
  await until(() => cutResponses(server).length === 40)
})

// Serial: the slow client is in this process, and must get to read within the 1.5 s after which it seems not to read.
test.serial(
  'when more bytes wait than the limit allows, the server closes the connections of clients that do not read, and does not wait for the timeout',
  async t => {
    const server = await startServer({page, http: {stallTimeoutMs: 40_000, maxUnreadBytes: 40 * mebibyte}})
    t.teardown(() => server.close())
    const slow = await openSocket(t, server.url)
    slow.write(request('/'))
    // This client reads slowly, but does not stop reading, so its connection must not be closed.
    const trickle = setInterval(() => slow.read(64 * 1024), 10)
    t.teardown(() => clearInterval(trickle))
    for (let count = 0; count < 10; count++) (await openSocket(t, server.url)).write(request('/'))
    await until(() => cutResponses(server).length >= 8)
    await until(async () => (await server.connections()) <= 3)
    t.true(!slow.closed && !slow.readableEnded)
  },
)

test('when several clients have not read a board yet, the memory of the board is counted only once', async t => {
  const board = () => new JsonPieces(Array.from({length: 256}, () => Buffer.alloc(64 * 1024, ' ')))
  const shared = board()
  const app = new Koa()
  app.silent = true // without `silent`, Koa prints an error for each closed connection
  let requests = 0
  app.use(ctx => {
    requests++
    return sendPieces(ctx, ctx.path === '/shared' ? shared : board())
  })
  const server = await startHttpServer(t, app.callback(), {
    stallTimeoutMs: 20_000,
    maxUnreadBytes: 40 * mebibyte,
  })
  const open = async (path: string) => {
    const socket = await openSocket(t, server.url)
    socket.write(request(path))
    return socket
  }
  for (let count = 0; count < 5; count++) await open('/own')
  await until(async () => requests === 5 && (await server.connections()) === 2)
  // Together, two boards of 16 MiB and the shared board exceed the limit. The server must close one
  // of the two connections to `/own`, and must close no connection to `/shared`.
  const readers = await Promise.all(Array.from({length: 10}, () => open('/shared')))
  await until(async () => requests === 15 && (await server.connections()) <= 11)
  const lengths = readers.map(async reader => {
    let length = 0
    reader.on('data', ({length: more}: Buffer) => {
      length += more
    })
    reader.resume()
    await until(() => length > shared.length || reader.closed)
    return length > shared.length
  })
  t.deepEqual(await Promise.all(lengths), Array(10).fill(true))
})

test('a connection is closed even if its client sends requests instead of reading the page', async t => {
  const server = await startServer({page, http: {stallTimeoutMs: 1_000}})
  t.teardown(() => server.close())
  const socket = await requestPage(t, server.url)
  const trickle = setInterval(() => socket.write(request('/livez')), 100)
  t.teardown(() => clearInterval(trickle))
  await until(() => cutResponses(server).length > 0)
  await until(async () => (await server.connections()) === 0)
  t.is(cutResponses(server).length, 1)
})

test('a connection is closed even if its client sends empty lines instead of reading the page', async t => {
  const server = await startServer({page, http: {stallTimeoutMs: 1_000}})
  t.teardown(() => server.close())
  const socket = await requestPage(t, server.url)
  const trickle = setInterval(() => socket.write('\r\n'), 50)
  t.teardown(() => clearInterval(trickle))
  await until(() => cutResponses(server).length > 0)
  await until(async () => (await server.connections()) === 0)
  t.is(cutResponses(server).length, 1)
})

test('after a client has read a page slowly, the server answers the next request of the client on the same connection', async t => {
  const server = await startServer({page, http: {stallTimeoutMs: 2_000}})
  t.teardown(() => server.close())
  const socket = await openSocket(t, server.url)
  socket.write(request('/'))
  let received = ''
  let length = 0
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length
    received = chunk.toString('latin1')
    socket.pause()
    setTimeout(() => socket.resume(), length > content.length ? 0 : 10)
  })
  socket.resume()
  await until(() => length > content.length)
  socket.write(request('/livez'))
  await until(() => received.includes('HTTP/1.1 200 OK'))
  t.true(received.includes('HTTP/1.1 200 OK'))
})

test('a client that reads a page slowly receives the whole page', async t => {
  const server = await startServer({page, http: {stallTimeoutMs: 2_000}})
  t.teardown(() => server.close())
  const socket = await openSocket(t, server.url)
  socket.write(request('/').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
  let received = 0
  socket.on('end', () => socket.destroy())
  const closed = once(socket, 'close')
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 10)
  })
  socket.resume()
  await closed
  t.true(received > content.length)
})

test('if a handler responds later than the time limit for unread responses, the client receives the response', async t => {
  const {url} = await startHttpServer(t, (_, res) => setTimeout(() => res.end('late'), 3_000), {
    stallTimeoutMs: 1_000,
  })
  t.is(await (await fetch(url)).text(), 'late')
})

test('when a client sends many requests and reads no response, the server handles only the first request', async t => {
  let handled = 0
  const {url, allClosed} = await startHttpServer(
    t,
    (_, res) => {
      handled++
      res.end(content)
    },
    {stallTimeoutMs: 3_000},
  )
  const socket = await openSocket(t, url)
  socket.write(request('/').repeat(16))
  await until(() => handled === 1)
  // If the server handled a second request of the socket, the server would handle this second request
  // before the request of the `fetch` below.
  await (await fetch(url, {headers: {connection: 'close'}})).text()
  t.is(handled, 2)

  socket.write(request('/').repeat(1_000))
  await allClosed()
  t.is(handled, 2)
})

test('when a client sends too many requests before it has received a response, the server closes the connection', async t => {
  let handled = 0
  const {url, connections, allClosed} = await startHttpServer(t, () => {
    handled++
  })
  const socket = await openSocket(t, url)
  socket.write(request('/').repeat(17))
  await until(() => handled === 1)
  t.is(await connections(), 1)
  socket.write(request('/'))
  await allClosed()
  t.is(handled, 1)
})

test('pipelined requests are answered in order', async t => {
  const {url} = await startHttpServer(t, async (req, res) => {
    if (req.url === '/1') await delay(20)
    res.end(`[${req.url}]`)
  })
  const socket = await openSocket(t, url)
  const paths = Array.from({length: 10}, (_, index) => `/${index}`)
  socket.write(paths.map(request).join(''))
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  socket.resume()
  await until(() => received.includes('[/9]'))
  t.deepEqual(
    [...received.matchAll(/\[(.*?)\]/g)].map(([, path]) => path),
    paths,
  )
})
