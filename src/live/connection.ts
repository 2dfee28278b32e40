/**
 * The HTTP response of a stream. The response stays open until the client disconnects or the server ends the stream.
 */
import type {ServerResponse} from 'node:http'
import type {ServerHttp2Stream} from 'node:http2'
import type {Duplex} from 'node:stream'

/**
 * Bytes to write. A string has only one-byte characters and is copied for each connection. A buffer can be shared by
 * several connections.
 */
export type Piece = string | Buffer

const head = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
}

/** The bytes of one write, with and without chunks. All streams of a channel share these strings. */
export interface Payload {
  /** The bytes without transfer encoding, for clients with HTTP/1.0. */
  readonly bytes: string
  /** The same bytes as one chunk. */
  readonly chunk: string
}

/** Encodes the bytes as one chunk. [spec] RFC 9112, section 7.1. */
export function payloadOf(bytes: string): Payload {
  return {bytes, chunk: `${bytes.length.toString(16)}\r\n${bytes}\r\n`}
}

const noPieces: readonly Piece[] = []

export class StreamConnection {
  readonly #res: ServerResponse
  /** Whether the body has chunks. Without chunks, a client cannot distinguish a broken stream from an ended stream. */
  readonly #isChunked: boolean
  #queued = noPieces
  #queuedBytes = 0
  #isWatched = false
  /** The socket that `watchForStall` has paused, if any. */
  #pausedSocket: Duplex | undefined
  /** Whether the connection was cut because its socket accepted no bytes. */
  wasCut = false

  constructor(res: ServerResponse, onClosed: () => void) {
    this.#res = res
    this.#isChunked = hasChunks(res)
    res.on('close', onClosed)
    // A response without a socket waits for an earlier response on the same connection. If the connection closes during
    // this wait, Node emits `close` only for the socket of the request.
    if (!res.socket) res.req.socket.once('close', onClosed)
  }

  /** Writes the response head of a stream. A response to a HEAD request has the same head. */
  static writeHead(res: ServerResponse): void {
    // Node would send chunks to an HTTP/1.0 client whose request has the header `TE: chunked`.
    if (!hasChunks(res)) res.removeHeader('transfer-encoding')
    res.writeHead(200, {...head, vary: varyOnAccept(res)})
  }

  /** Adds the piece to the queue. The next `flush` writes the queue. */
  queue(piece: Piece): void {
    if (piece.length === 0) return
    this.#queuedBytes += piece.length
    const last = this.#queued.at(-1)
    const joins = typeof piece === 'string' && typeof last === 'string'
    this.#queued = joins ? [...this.#queued.slice(0, -1), last + piece] : [...this.#queued, piece]
  }

  /** Writes all queued pieces together. If the response head has not been sent, writes the head first. */
  flush(): void {
    const pieces = this.#queued
    const [first] = pieces
    if (first === undefined) return
    this.#queued = noPieces
    this.#queuedBytes = 0
    const res = this.#res
    if (res.destroyed || isEnded(this.#socket)) return
    if (res.headersSent && pieces.length === 1 && typeof first === 'string') {
      this.deliver(payloadOf(first))
      return
    }
    res.cork()
    if (!res.headersSent) this.#sendHead()
    for (const piece of pieces) {
      if (typeof piece === 'string') res.write(piece, 'latin1')
      else res.write(piece)
    }
    res.uncork()
  }

  /**
   * Writes bytes of the body. Call this method only after the response head has been sent. Returns the number of bytes
   * that wait for the socket after the write. The payload already contains the chunk framing, so the payload can be
   * written directly to the socket. `socket.write` is faster than `res.write`. `npm run bench -- fan-out` sends events to 1,000 streams.
   * The benchmark divides the CPU time per delivery by the CPU time that a bare loop over the sockets needs per
   * delivery. With one event per write, the result is 1.24 for `socket.write` and 1.27 for `res.write`. With ten events
   * per write, the result is 1.28 for `socket.write` and 2.25 for `res.write`.
   */
  deliver({bytes, chunk}: Payload): number {
    const socket = this.#socket
    if (!socket) return this.#deliverLater(bytes)
    if (isEnded(socket)) return 0
    return socket.write(this.#isChunked ? chunk : bytes, 'latin1') ? 0 : socket.writableLength
  }

  /**
   * Writes the bytes while an earlier response on the connection is unfinished. Node buffers the bytes until the
   * earlier response has ended.
   */
  #deliverLater(bytes: string): number {
    return this.#res.write(bytes, 'latin1') ? 0 : this.#res.writableLength
  }

  /**
   * What the bytes are written to. With HTTP/2, several streams share one socket, and each stream has its own flow
   * control. Null while an earlier response on the connection is unfinished.
   */
  get #socket(): Duplex | null {
    if (this.#isChunked) return this.#res.socket
    return 'stream' in this.#res ? (this.#res.stream as ServerHttp2Stream) : this.#res.socket
  }

  #sendHead(): void {
    StreamConnection.writeHead(this.#res)
    // Flushing the head separately saves 1 KB of memory per stream, because Node stores a separate head as one flat
    // string. If the head and the body were sent together, Node would keep the two dozen strings from which the head
    // was built.
    this.#res.flushHeaders()
  }

  /** The number of bytes that the socket has not accepted yet. */
  get waiting(): number {
    return this.#queuedBytes + this.#res.writableLength
  }

  /**
   * Calls the listener once, when the socket has accepted all bytes. If the connection closes first, the listener is
   * never called.
   */
  onceDrained(listener: () => void): void {
    const socket = this.#socket
    if (isEnded(socket)) return
    const writable = socket ?? this.#res
    if (writable.writableNeedDrain) writable.once('drain', listener)
    else writable.write('', error => error ?? listener())
  }

  /**
   * Cuts the connection when bytes wait and the socket accepts none of these bytes for `timeoutMs` milliseconds. A slow
   * connection stays open if its socket accepts some bytes within each period of `timeoutMs`. A `timeoutMs` of 0 stops
   * the watch.
   */
  watchForStall(timeoutMs: number): void {
    if (timeoutMs > 0 === this.#isWatched) return
    this.#isWatched = timeoutMs > 0
    const socket = this.#socket
    // Only bytes that the client accepts are progress. Bytes that the client sends would also restart the timeout, so
    // the socket is paused, and does not read these bytes. If the client sent another request after the request for
    // this stream, Node has already paused the socket. A socket that Node has paused stays paused.
    if (this.#isWatched && socket?.isPaused() === false) this.#pausedSocket = socket.pause()
    if (!this.#isWatched) this.#pausedSocket?.resume()
    if (!this.#isWatched) this.#pausedSocket = undefined
    this.#res.removeAllListeners('timeout')
    this.#res.setTimeout(timeoutMs)
    if (this.#isWatched) this.#res.on('timeout', () => this.#cut())
  }

  #cut(): void {
    if (this.waiting === 0) return
    this.wasCut = true
    this.#res.destroy()
  }

  /** Ends the response after the written bytes have been sent. */
  end(): void {
    this.#res.end()
  }
}

/** Returns the value of `Vary`: the client chooses between a stream and a poll with the header `Accept`. */
export function varyOnAccept(res: ServerResponse): string {
  const others = res.getHeader('Vary')
  return others ? `${others}, Accept` : 'Accept'
}

/** Whether the body of the stream has chunks. [spec] RFC 9112, section 6.1: only HTTP/1.1 clients understand chunks. */
function hasChunks({req}: ServerResponse): boolean {
  return req.httpVersion === '1.1'
}

/**
 * Returns whether Node has ended the socket. Node ends the socket when the client has ended its side of the connection.
 * The response emits `close` only after Node has ended the socket.
 */
function isEnded(socket: Duplex | null): boolean {
  return socket?.writableEnded === true
}
