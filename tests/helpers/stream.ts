/**
 * Reads an event stream directly from a socket, without an HTTP client, so that a test sees every byte and can pause
 * reading.
 */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {RawResponse} from './raw-response.ts'

export interface Received {
  id?: string
  event?: string
  retry?: string
  /** The parsed data, or undefined when the block has no data. */
  data?: any
}

export interface StreamOptions {
  headers?: Record<string, string>
  method?: string
  /** The HTTP version. Default 1.1. */
  httpVersion?: '1.0' | '1.1'
}

export class Stream {
  /** All blocks that were received, including control events. */
  readonly received: Received[] = []
  /** Whether the server has ended the stream. */
  hasEnded = false
  readonly #socket: Socket
  readonly #response = new RawResponse()
  #rest = ''
  #waiting: (() => void)[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', chunk => this.#read(String(chunk)))
    socket.on('close', () => {
      this.hasEnded = true
      this.#wake()
    })
    socket.on('error', () => {})
  }

  static async open(url: string, options: StreamOptions = {}): Promise<Stream> {
    const {hostname, port, pathname, search} = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const stream = new Stream(socket)
    const headers = Object.entries({host: `${hostname}:${port}`, ...options.headers})
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const {method = 'GET', httpVersion = '1.1'} = options
    socket.write(`${method} ${pathname}${search} HTTP/${httpVersion}\r\n${lines}\r\n`)
    return stream
  }

  /** The status line and the headers as text. */
  get head(): string {
    return this.#response.head
  }

  /** Whether the body has ended with the last chunk. */
  get isComplete(): boolean {
    return this.#response.isComplete
  }

  get status(): number {
    return Number(this.head.split(' ')[1])
  }

  /** The events of the log, without control events. */
  get events(): Received[] {
    return this.received.filter(({data}) => data && !/^(stream|presence)\./.test(data.type))
  }

  /** The last id that was received. A client would resume from this id. */
  get lastEventId(): string | undefined {
    return this.received.findLast(({id}) => id !== undefined)?.id
  }

  /**
   * Resolves with the first matching block of `received` at index `from` or later. Rejects when the stream ends, or
   * after a minute.
   */
  async waitFor(matches: string | ((received: Received) => boolean), from = 0): Promise<Received> {
    const test = typeof matches === 'string' ? ({data}: Received) => data?.type === matches : matches
    await this.waitUntil(() => this.received.slice(from).some(test))
    return this.received.slice(from).find(test)!
  }

  async waitUntil(condition: () => boolean): Promise<void> {
    const latest = Date.now() + 60_000
    while (!condition()) {
      if (this.hasEnded || Date.now() > latest) {
        const last = JSON.stringify(this.received.slice(-3))
        throw new Error(
          `${this.hasEnded ? 'The stream ended' : 'Timed out'} while waiting; last received: ${last}`,
        )
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 100)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  async ended(): Promise<void> {
    if (!this.hasEnded) await once(this.#socket, 'close')
  }

  /** Sends more bytes to the server on the same connection. */
  send(bytes: string): void {
    this.#socket.write(bytes)
  }

  /** Ends the client's side of the connection. The server can still send. */
  end(): void {
    this.#socket.end()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    this.#rest += this.#response.read(chunk)
    const blocks = this.#rest.split('\n\n')
    this.#rest = blocks.pop()!
    for (const block of blocks) this.received.push(parseBlock(block))
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

function parseBlock(block: string): Received {
  const fields = block.split('\n').map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)] as const
  })
  const {data, ...rest} = Object.fromEntries(fields)
  return {...rest, ...(data !== undefined && {data: JSON.parse(data)})}
}
