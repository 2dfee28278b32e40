/** Creates the HTTP server, with limits for the time and the memory that one connection can use. */
import {createServer, type RequestListener, type Server} from 'node:http'
import {handleClientErrors} from './client-errors.ts'
import {RequestsInTurn} from './requests-in-turn.ts'
import {isStreamRequest} from './streams.ts'

export interface HttpServerOptions {
  /**
   * Milliseconds after which a connection is closed if bytes wait for its client and the client takes none of them.
   * Default 30,000.
   */
  stallTimeoutMs?: number
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
  {stallTimeoutMs = 30_000, keepAliveTimeoutMs = 65_000, onClientError}: HttpServerOptions = {},
): Server {
  const requests = new RequestsInTurn(handle, isStreamRequest)
  const options = {
    maxHeaderSize: 16 * 1024, // bytes of the URL and all headers; enough for a token in the URL and a token in a header
    headersTimeout: 20_000, // milliseconds, like the timeouts below
    requestTimeout: 30_000, // the time to receive a request; a response, such as a stream, can take longer
    keepAliveTimeout: keepAliveTimeoutMs,
  }
  const server = createServer(options, (req, res) => requests.receive(req, res))
  // Node emits `timeout` when the client has neither sent nor taken bytes for this time. When bytes wait and the client
  // sends another request, Node pauses the socket, so that only bytes that the client takes restart the time.
  server.timeout = stallTimeoutMs
  server.on('timeout', socket => {
    const isWaitingForServer = requests.isHandling(socket) && socket.writableLength === 0
    if (!isWaitingForServer) socket.destroy()
  })
  handleClientErrors(server, onClientError)
  return server
}
