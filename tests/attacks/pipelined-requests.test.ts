// Attacks of clients that send many requests on one connection before they have received a response.
import {once} from 'node:events'
import type {RequestListener} from 'node:http'
import {connect, type Socket} from 'node:net'
import test, {type ExecutionContext} from 'ava'
import {startHttpServer} from '../helpers/http-server.ts'
import {startServer} from '../helpers/server.ts'
import {until} from '../helpers/until.ts'

const request = (path: string, host = 'host: x\r\n') => `GET ${path} HTTP/1.1\r\n${host}\r\n`
const streamPath = '/api/v1/events'

async function openSocket(t: ExecutionContext, port: number): Promise<Socket & {received: string}> {
  const socket = Object.assign(connect({port, host: '127.0.0.1', allowHalfOpen: true}), {received: ''})
  socket.on('error', () => {})
  socket.on('data', bytes => {
    socket.received += bytes
  })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Starts a server. Returns a connection to the server, and the paths of the requests that the server has handled. */
async function listen(t: ExecutionContext, handle: RequestListener) {
  const handled: string[] = []
  const server = await startHttpServer(t, (req, res) => {
    handled.push(req.url!)
    handle(req, res)
  })
  return {...server, socket: await openSocket(t, server.port), handled}
}

test('when a client sends many requests after a request for a stream, the server closes the connection', async t => {
  const {socket, handled, connections, allClosed} = await listen(t, (_, res) => res.flushHeaders())
  socket.write(request(streamPath) + request('/').repeat(16))
  await until(() => handled.length === 1)
  t.is(await connections(), 1)
  // Without the limit, the server would store the requests of this connection until the stream ends.
  socket.write(request('/').repeat(2_000))
  await allClosed()
  t.deepEqual(handled, [streamPath])
})

for (const [kind, repeated] of [
  ['without Host', request('/', '')],
  ['with an unknown expectation', request('/', 'host: x\r\nexpect: x\r\n')],
] as const) {
  test(`when a client sends many requests ${kind} before it has received a response, the server closes the connection`, async t => {
    const {socket, handled, allClosed} = await listen(t, () => {})
    socket.write(request('/first') + repeated.repeat(17))
    await allClosed()
    t.deepEqual(handled, ['/first'])
  })
}

/** Starts the whole app. The returned function sends a text, and returns everything that the server sends. */
async function startRaw(t: ExecutionContext) {
  const server = await startServer()
  t.teardown(() => server.close())
  return async (text: string) => {
    const socket = await openSocket(t, Number(new URL(server.url).port))
    socket.write(text)
    await once(socket, 'end')
    return socket.received
  }
}

test('when the header Host is missing, an HTTP/1.1 request gets the status 400, and an HTTP/1.0 request gets the status 200', async t => {
  const respond = await startRaw(t)
  const rejected = await respond(request('/livez', ''))
  t.regex(rejected, /^HTTP\/1\.1 400 /)
  t.regex(rejected, /"code":"invalid-request"/)
  t.regex(await respond('GET /livez HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /)
})

for (const version of ['1.0', '1.1']) {
  test(`a request of HTTP/${version} with two Host headers gets the status 400, and its connection is closed`, async t => {
    const respond = await startRaw(t)
    for (const second of ['Host: x', 'HOST: y']) {
      const rejected = await respond(
        `GET /livez HTTP/${version}\r\nHost: x\r\nAccept: */*\r\n${second}\r\n\r\n`,
      )
      t.regex(rejected, /^HTTP\/1\.1 400 /)
      t.regex(rejected, /"code":"invalid-request"/)
    }
  })
}

test('a request with an unknown expectation gets the status 417 after the response to the previous request', async t => {
  const {socket, handled} = await listen(t, (_, res) => setImmediate(() => res.end('[first]')))
  socket.write(request('/first') + request('/second', 'host: x\r\nexpect: x\r\n'))
  await once(socket, 'end')
  t.deepEqual(handled, ['/first'])
  t.regex(socket.received, /^HTTP\/1\.1 200 .*\[first\]HTTP\/1\.1 417 /s)
})

test('when a malformed request arrives before the response to the previous request, the server closes the connection and sends no response', async t => {
  const {socket, handled, allClosed} = await listen(t, () => {})
  socket.write(request('/first'))
  await until(() => handled.length === 1)
  socket.write('no request\r\n\r\n')
  await allClosed()
  t.is(socket.received, '')
})

test('a request with a malformed body gets the status 400, even if the server has already started to handle the request', async t => {
  const {socket, handled, allClosed} = await listen(t, () => {})
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  await until(() => handled.length === 1)
  socket.write('no length of a chunk\r\n')
  await allClosed()
  t.regex(socket.received, /^HTTP\/1\.1 400 /)
})

test('after a malformed request, the server closes the connection, even if the client does not close its side of the connection', async t => {
  const {socket, allClosed} = await listen(t, () => {})
  socket.write('no request\r\n\r\n')
  await allClosed()
  t.regex(socket.received, /^HTTP\/1\.1 400 /)
})

test('after a response with the header Connection: close, the server handles no further request of the connection', async t => {
  const {socket, handled, allClosed} = await listen(t, (_, res) => {
    setImmediate(() => res.setHeader('connection', 'close').end('last'))
  })
  socket.write(request('/first') + request('/second'))
  await allClosed()
  t.deepEqual(handled, ['/first'])
})

test('when a client has closed a connection, the server does not handle the waiting requests of this connection', async t => {
  const {socket, handled, allClosed} = await listen(t, (req, res) => {
    req.socket.once('end', () => setImmediate(() => res.end('late')))
  })
  socket.end(request('/first') + request('/second'))
  await allClosed()
  t.deepEqual(handled, ['/first'])
})

test('when a stream ends, the server does not handle the requests that the client sent after the request for the stream', async t => {
  const {socket, handled, allClosed} = await listen(t, (req, res) => {
    if (req.url === streamPath) res.setHeader('connection', 'close').flushHeaders()
    setImmediate(() => res.end())
  })
  socket.write(request('/first') + request(streamPath) + request('/after'))
  await allClosed()
  t.deepEqual(handled, ['/first', streamPath])
})
