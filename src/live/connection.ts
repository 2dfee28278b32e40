/** One HTTP response as a better-sse connection: no Request, Response, AbortController or timer behind it. */
import type {ServerResponse} from 'node:http'
import {Connection} from 'better-sse'

const head = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
}

// better-sse asks the URL for its own parameters (padding); ours are validated elsewhere and know none of them.
const url = new URL('http://localhost/')
const response = new Response(null)

export class StreamConnection extends Connection {
  readonly url = url
  readonly response = response
  readonly request: Request
  readonly #res: ServerResponse
  /** Whether the peer took nothing for so long that the connection was cut. */
  wasCut = false
  #onClosed: () => void = () => {}

  constructor(res: ServerResponse) {
    super()
    this.#res = res
    // The three members that a session uses of a request, of which the signal is the end of our response.
    const signal = {
      addEventListener: (_: 'abort', listener: () => void) => {
        this.#onClosed = listener
      },
      removeEventListener: () => {},
    }
    this.request = {headers: noHeaders, signal} as unknown as Request
    res.once('close', () => this.#onClosed())
  }

  /** The head that every stream has, on a stream or on the answer to HEAD. */
  static writeHead(res: ServerResponse): void {
    // [spec] RFC 9112, section 6.3: without a length and a transfer encoding the body ends with the connection.
    res.removeHeader('transfer-encoding')
    res.writeHead(200, head)
  }

  sendHead(): void {
    if (!this.#res.headersSent && !this.#res.destroyed) StreamConnection.writeHead(this.#res)
  }

  sendChunk(chunk: string): void {
    if (chunk !== '' && !this.#res.destroyed) this.#res.write(chunk, 'latin1')
  }

  cleanup(): void {
    this.#onClosed = () => {}
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

const noHeaders = new Headers()
