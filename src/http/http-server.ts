/** Creates the HTTP server, with limits for the time and the memory that one connection can use. */
import {createServer, type RequestListener, type Server} from 'node:http'
import type {Socket} from 'node:net'
import {handleClientErrors} from './client-errors.ts'
import {IdleConnections} from './idle-connections.ts'
import {heldBytesOf} from './json-pieces.ts'
import {RequestsInTurn} from './requests-in-turn.ts'
import {isStreamRequest} from './streams.ts'
import {UnreadResponses} from './unread-responses.ts'

export interface HttpServerOptions {
  /**
   * The server closes a connection when bytes wait for its client, and the client reads no bytes for this number of
   * milliseconds. The server also closes a new connection when its client sends no bytes for this number of
   * milliseconds. Default 30,000.
   */
  stallTimeoutMs?: number
  /**
   * The maximum number of bytes of responses that wait for clients. When more bytes wait, the server immediately closes
   * the connections whose clients read no bytes. Default 64 MiB.
   */
  maxUnreadBytes?: number
  /**
   * Milliseconds after which a connection without a request is closed. Load balancers usually close an idle connection
   * after 60 s. With a shorter timeout, the server could close a connection at the moment when a load balancer sends a
   * request on this connection. Default 65,000.
   */
  keepAliveTimeoutMs?: number
  /** Called with the code of the error when a request could not be read. Default: not called. */
  onClientError?: (code?: string) => void
}

export function createHttpServer(
  handle: RequestListener,
  {
    stallTimeoutMs = 30_000,
    maxUnreadBytes = 64 * 1024 * 1024,
    keepAliveTimeoutMs = 65_000,
    onClientError,
  }: HttpServerOptions = {},
): Server {
  const requests: RequestsInTurn = new RequestsInTurn(respondTo(handle), isStreamRequest, connection =>
    idle.add(connection),
  )
  // Node closes most idle connections earlier. Node does not close a connection while the client sends bytes that
  // belong to no request. `IdleConnections` closes such a connection.
  const idle: IdleConnections<Socket> = new IdleConnections(1.2 * keepAliveTimeoutMs, connection =>
    requests.isHandling(connection),
  )
  const options = {
    maxHeaderSize: 16 * 1024, // bytes of the URL and all headers; enough for a token in the URL and a token in a header
    headersTimeout: 20_000, // milliseconds, like the timeouts below
    requestTimeout: 30_000, // the time to receive a request; a response, such as a stream, can take longer
    keepAliveTimeout: keepAliveTimeoutMs,
    // With the default `true`, Node would immediately respond to a request without Host, even if earlier requests of
    // the connection are waiting. `requireHost` rejects requests without Host.
    requireHostHeader: false,
  }
  const receive: RequestListener = (req, res) => requests.receive(req, res)
  const server = createServer(options, receive)
  server.on('checkExpectation', receive)
  const unread = new UnreadResponses(server, {
    timeoutMs: stallTimeoutMs,
    isExempt: socket => requests.isHandlingLast(socket), // `StreamConnection` watches the connection of a stream
    maxBytes: maxUnreadBytes,
    bytesOf: socket => socket.writableLength + heldBytesOf(socket),
  })
  server.timeout = stallTimeoutMs
  server.on('timeout', socket => {
    const isWatched = unread.receiveTimeout(socket)
    if (!isWatched && !requests.isHandling(socket)) socket.destroy()
  })
  handleClientErrors(server, requests, onClientError)
  return server
}

/**
 * [spec] RFC 9110, section 10.1.1: if a server does not support an expectation, the server may respond with status 417.
 */
export function respondTo(handle: RequestListener): RequestListener {
  return (req, res) => {
    const {expect} = req.headers
    if (expect === undefined || expect.toLowerCase() === '100-continue') handle(req, res)
    else res.writeHead(417, {connection: 'close'}).end()
  }
}
