/**
 * Serves HTTP/2 and HTTP/1.1 on the connections of a TLS server. With HTTP/2, all streams of a browser share one
 * connection. With HTTP/1.1, a browser opens at most six connections to one server.
 */
import type {IncomingMessage, RequestListener, Server, ServerResponse} from 'node:http'
import {
  constants,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  Http2ServerResponse,
  type Http2Session,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import {createServer as createTlsServer, type Server as TlsServer} from 'node:tls'
import {limitPerTurn} from '../limits/turns.ts'
import {respondTo} from './http-server.ts'
import {IdleConnections} from './idle-connections.ts'

export interface SecureServerOptions {
  /** The certificate with its chain, in PEM. */
  cert: Buffer
  /** The private key, in PEM. */
  key: Buffer
  /**
   * A response whose client takes no bytes for this number of milliseconds is cancelled. A request whose body is not
   * complete after this number of milliseconds is cancelled too. Default 30,000.
   */
  stallTimeoutMs?: number
  /**
   * The maximum number of bytes that wait for all clients of HTTP/2. When more bytes wait, responses whose clients take
   * no bytes are cancelled, the largest first. Default 64 MiB.
   */
  maxUnreadBytes?: number
  /** Milliseconds after which a connection without a request is closed. Default 65,000. */
  keepAliveTimeoutMs?: number
  /** Called with the code of the error when the TLS handshake of a connection fails. Default: not called. */
  onClientError?: (code?: string) => void
}

export interface SecureServer {
  /** Listens for connections. */
  server: TlsServer
  /**
   * Tells the clients of HTTP/2 that the connections accept no more requests. A connection closes after its last
   * response. Connections that open later are told the same.
   */
  closeGracefully(): void
  /** Closes all connections of HTTP/2 immediately. */
  destroyAll(): void
}

// A browser opens at most 100 streams on one connection, unless the server permits more.
const maxConcurrentStreams = 250
// The maximum number of requests of one connection that start in one turn of the event loop. With HTTP/1.1, a connection
// has one request at a time. With HTTP/2, the 250 requests of one connection can arrive together.
const startedPerTurn = 8
const maxSessionMemoryMb = 64
const handshakeTimeoutMs = 20_000

/** `http1` serves the connections that use HTTP/1.1. `handle` serves the requests of HTTP/2. */
export function createSecureServer(
  http1: Server,
  handle: RequestListener,
  {
    cert,
    key,
    stallTimeoutMs = 30_000,
    maxUnreadBytes = 64 * 1024 * 1024,
    keepAliveTimeoutMs = 65_000,
    onClientError,
  }: SecureServerOptions,
): SecureServer {
  const respond = respondTo(handle)
  const sessions = new Map<Http2Session, OpenSession>()
  const unread = new UnreadStreams(stallTimeoutMs, maxUnreadBytes)
  let isClosing = false
  const idle = new IdleConnections<Http2Session>(
    1.2 * keepAliveTimeoutMs,
    session => (sessions.get(session)?.requests ?? 0) > 0,
  )
  const http2 = createHttp2Server({
    settings: {maxConcurrentStreams},
    maxSessionMemory: maxSessionMemoryMb,
    Http2ServerResponse: Response as unknown as typeof Http2ServerResponse,
  })
  http2.on('session', session => {
    sessions.set(session, {requests: 0, waitForTurn: limitPerTurn(startedPerTurn)})
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    idle.add(session)
    if (isClosing) session.close()
  })
  const receive = async (req: Http2ServerRequest, res: Http2ServerResponse) => {
    const {stream} = res
    const {session} = stream
    const open = session && sessions.get(session)
    if (!open) return // the connection has ended
    open.requests++
    stream.once('close', () => {
      if (--open.requests === 0) idle.add(session)
    })
    // The rest of the server reads the host from the header `Host`.
    if (req.authority) req.headers.host ??= req.authority
    limitBodyTime(stream, stallTimeoutMs)
    unread.add(stream)
    await open.waitForTurn()
    if (stream.destroyed) return
    // Node documents these two classes as compatible with the classes of HTTP/1.1.
    respond(req as unknown as IncomingMessage, res as unknown as ServerResponse)
  }
  http2.on('request', receive)
  http2.on('checkExpectation', (req: Http2ServerRequest, res: Http2ServerResponse) => {
    // [spec] RFC 9110, section 10.1.1: the expectation is case-insensitive. Node only knows the lower case.
    if (req.headers.expect?.toLowerCase() === '100-continue') res.writeContinue()
    return receive(req, res)
  })

  const options = {cert, key, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: handshakeTimeoutMs}
  const server = createTlsServer(options, socket => {
    if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
    else http1.emit('connection', socket)
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    onClientError?.(error.code)
    socket.destroy()
  })
  // At this event, the server for HTTP/1.1 starts to check the timeouts of its connections.
  server.on('listening', () => http1.emit('listening'))
  return {
    server,
    closeGracefully() {
      isClosing = true
      for (const session of sessions.keys()) session.close()
    },
    destroyAll() {
      for (const session of sessions.keys()) session.destroy()
    },
  }
}

/** The states in which the client has not ended its side, so the body is not complete. */
const incompleteStates: readonly (number | undefined)[] = [
  constants.NGHTTP2_STREAM_STATE_OPEN,
  constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL, // the server has ended the response
]

interface OpenSession {
  /** The number of requests in progress. */
  requests: number
  /** Resolves when the next request of the connection may start. */
  waitForTurn: () => Promise<void>
}

/**
 * Cancels a request whose body is not complete in time. The server for HTTP/1.1 has its own limit, and closes the
 * connection without a status too; see `handleClientErrors`.
 */
function limitBodyTime(stream: ServerHttp2Stream, timeoutMs: number): void {
  if (stream.endAfterHeaders) return
  const timer = setTimeout(() => {
    if (incompleteStates.includes(stream.state.state)) cancel(stream)
  }, timeoutMs).unref()
  stream.once('close', () => clearTimeout(timer))
}

const checksPerTimeout = 8

/**
 * Cancels responses whose clients take no bytes. Node's timeout of an HTTP/2 stream starts again whenever its connection
 * sends anything, for example the response to a ping. The number of waiting bytes shows whether the client takes bytes.
 */
class UnreadStreams {
  readonly #maxBytes: number
  readonly #checkMs: number
  /** The waiting bytes of each open stream at the last check, and the number of checks since they last decreased. */
  readonly #streams = new Map<ServerHttp2Stream, {bytes: number; stalledChecks: number}>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#checkMs = timeoutMs / checksPerTimeout
  }

  add(stream: ServerHttp2Stream): void {
    this.#streams.set(stream, {bytes: 0, stalledChecks: 0})
    this.#timer ??= setInterval(() => this.#check(), this.#checkMs).unref()
    stream.once('close', () => {
      this.#streams.delete(stream)
      if (this.#streams.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
  }

  #check(): void {
    let total = 0
    const stalled: {stream: ServerHttp2Stream; bytes: number}[] = []
    for (const [stream, state] of this.#streams) {
      const bytes = stream.writableLength
      const isStalled = bytes > 0 && bytes >= state.bytes && state.bytes > 0
      state.stalledChecks = isStalled ? state.stalledChecks + 1 : 0
      state.bytes = bytes
      total += bytes
      if (state.stalledChecks >= checksPerTimeout) cancel(stream)
      else if (isStalled) stalled.push({stream, bytes})
    }
    if (total <= this.#maxBytes) return
    for (const {stream, bytes} of stalled.sort((one, other) => other.bytes - one.bytes)) {
      if (total <= this.#maxBytes) return
      cancel(stream)
      total -= bytes
    }
  }
}

function cancel(stream: ServerHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL)
}

/** A response with the differences between HTTP/1.1 and HTTP/2 that Node's class does not remove. */
class Response extends Http2ServerResponse {
  // [spec] RFC 9113, section 8.2.2: HTTP/2 has no header `Connection`.
  override setHeader(name: string, value: number | string | readonly string[]): void {
    if (name.toLowerCase() !== 'connection') super.setHeader(name, value)
  }

  override writeHead(statusCode: number, headers?: OutgoingHttpHeaders | string): this {
    if (typeof headers !== 'object') return super.writeHead(statusCode)
    const {connection: _, ...others} = headers
    return super.writeHead(statusCode, others)
  }
}

// Responses of HTTP/1.1 have these properties.
Object.defineProperties(Response.prototype, {
  destroyed: {
    get(this: Http2ServerResponse) {
      return this.stream.destroyed
    },
  },
  closed: {
    get(this: Http2ServerResponse) {
      return this.stream.closed
    },
  },
})
