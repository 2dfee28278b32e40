import {once} from 'node:events'
import {createServer, type ServerOptions} from 'node:http'
import {type AddressInfo, connect} from 'node:net'
import {text} from 'node:stream/consumers'
import test from 'ava'
import {handleClientErrors} from '../../src/http/client-errors.ts'

/** Sends `request` to a new server. Returns the text that the server sends before the server closes the connection. */
async function respond(request: string, options: ServerOptions = {}): Promise<string> {
  const server = createServer(options, (_, res) => res.end('served'))
  handleClientErrors(server, {owesResponse: () => false})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(request)
  const received = await text(socket)
  server.close()
  return received
}

const soon = {headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 10}

test('when a stream request is not complete in time, the server closes the connection without a response', async t => {
  t.is(await respond('GET /api/v1/events/tasks HTTP/1.1\r\nHost: localhost\r\n', soon), '')
})

test('a malformed request gets the status 400', async t => {
  t.true((await respond('GET / HTTP/9.9\r\n\r\n')).startsWith('HTTP/1.1 400 Bad Request\r\n'))
})

test('a request whose head is too large gets 431', async t => {
  const request = `GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(2_000)}\r\n\r\n`
  t.regex(await respond(request, {maxHeaderSize: 1_000}), /^HTTP\/1\.1 431 /)
})
