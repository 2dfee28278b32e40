/** One HTTP response as a better-sse connection: no Request, Response, AbortController or timer behind it. */
import type {ServerResponse} from 'node:http'
import {Connection} from 'better-sse'

const head = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
}

// better-sse looks for parameters of its own in the URL (padding), and for a last id in the headers; what ours
// mean is decided elsewhere, so all connections share these.
const url = new URL('http://localhost/')
const headers = new Headers()
const response = new Response(null)

export class StreamConnection extends Connection {
  readonly url = url
  readonly headers = headers
  readonly response = response
  /** Whether the peer took nothing for so long that the connection was cut. */
  wasCut = false
  readonly #res: ServerResponse
  #onClosed: (() => void) | undefined

  constructor(res: ServerResponse) {
    super()
    this.#res = res
    res.on('close', () => this.#onClosed?.())
  }

  /** Of a request a session uses the headers and the two listener methods of the signal: this is both. */
  get request(): Request {
    return this as unknown as Request
  }

  get signal(): this {
    return this
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#onClosed = listener
  }

  removeEventListener(): void {
    this.#onClosed = undefined
  }

  /** The head that every stream has, on a stream or on the answer to HEAD. */
  static writeHead(res: ServerResponse): void {
    // [spec] RFC 9112, section 6.3: without a length and a transfer encoding the body ends with the connection.
    res.removeHeader('transfer-encoding')
    res.writeHead(200, head)
  }

  sendHead(): void {
    if (this.#res.headersSent || this.#res.destroyed) return
    StreamConnection.writeHead(this.#res)
    // Together with what follows in this turn. Sent apart from it, the head is kept as one flat string; joined
    // to it, as the two dozen pieces that it was made of: 1 KB a stream.
    this.#res.cork()
    this.#res.flushHeaders()
    setImmediate(uncork, this.#res)
  }

  sendChunk(chunk: string): void {
    if (chunk !== '' && !this.#res.destroyed) this.#res.write(chunk, 'latin1')
  }

  cleanup(): void {
    this.#onClosed = undefined
  }

  /** Bytes that wait for the socket. */
  get waiting(): number {
    return this.#res.writableLength
  }

  /** Calls back once, when nothing waits any more; never when the connection closes first. */
  onceDrained(listener: () => void): void {
    this.#res.once('drain', listener)
  }

  /**
   * Cuts the connection when bytes wait and the socket moves none of them for so many milliseconds; 0 lets it
   * rest. A write that makes progress counts, however slow.
   */
  cutWhenStalled(milliseconds: number): void {
    this.#res.removeAllListeners('timeout')
    this.#res.setTimeout(milliseconds)
    if (milliseconds === 0) return
    this.#res.on('timeout', () => {
      if (this.waiting === 0) return
      this.wasCut = true
      this.#res.destroy()
    })
  }

  /** Ends the stream behind what was written. */
  end(): void {
    this.#res.end()
  }
}

function uncork(res: ServerResponse): void {
  res.uncork()
}
