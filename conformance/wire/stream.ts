/** One request on a connection, and the response to this request, parsed as an event stream. */
import type {Connection} from './connection.ts'
import {EventParser, type ReceivedEvent} from './event-parser.ts'
import {type Head, ResponseParser} from './response-parser.ts'

export interface RequestOptions {
  method?: string
  url: string
  /** Header fields in addition to `Host` and `Accept`. The value null omits a default field. */
  headers?: Record<string, string | null>
  /** Lines that are added to the head of the request as they are. */
  rawLines?: readonly string[]
  version?: '1.0' | '1.1'
  body?: string
  /** The request target. Default: the path and the query of the URL. */
  target?: string
}

/** Returns the bytes of the request. */
export function requestText(options: RequestOptions): string {
  const {method = 'GET', url, headers = {}, rawLines = [], version = '1.1', body, target} = options
  const {host, pathname, search} = new URL(url)
  const fields = new Map<string, string | null>([
    ['host', host],
    ['accept', 'text/event-stream'],
    ...(body === undefined ? [] : ([['content-length', String(Buffer.byteLength(body))]] as const)),
  ])
  const names = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    fields.set(name.toLowerCase(), value)
    names.set(name.toLowerCase(), name)
  }
  const lines = [...fields]
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${names.get(name) ?? name}: ${value}`)
  const all = [`${method} ${target ?? pathname + search} HTTP/${version}`, ...lines, ...rawLines]
  return `${all.join('\r\n')}\r\n\r\n${body ?? ''}`
}

export class Stream {
  readonly connection: Connection
  readonly response: ResponseParser
  readonly parser = new EventParser()
  /** The `performance.now()` of the arrival of each event. The index is the index in `parser.events`. */
  readonly arrivals: number[] = []
  readonly #onBody: ((bytes: Buffer) => void) | undefined
  #read: number
  #isEnded = false

  /**
   * @param connection a connection on which the request has been sent, or will be sent
   * @param options.onBody receives the body instead of the event parser
   * @param options.from the index of the first chunk of the response. Default 0
   */
  constructor(
    connection: Connection,
    method = 'GET',
    {onBody, from = 0}: {onBody?: ((bytes: Buffer) => void) | undefined; from?: number} = {},
  ) {
    this.connection = connection
    this.#onBody = onBody
    this.#read = from
    this.response = new ResponseParser(method, bytes => this.#readBody(bytes))
    connection.signal.listen(() => this.#receive())
    this.#receive()
  }

  get events(): readonly ReceivedEvent[] {
    return this.parser.events
  }

  /** Whether the response is complete, or the connection has ended. */
  get isOver(): boolean {
    return this.response.isComplete || this.connection.end !== undefined
  }

  /** Resolves with the head, or with undefined when no head arrives in time. */
  async waitForHead(timeoutMs: number): Promise<Head | undefined> {
    await this.connection.signal.wait(() => this.response.head !== undefined || this.isOver, timeoutMs)
    return this.response.head
  }

  /** Resolves with the first event that matches, or with undefined when no such event arrives in time. */
  async waitForEvent(
    matches: (event: ReceivedEvent) => boolean,
    timeoutMs: number,
  ): Promise<ReceivedEvent | undefined> {
    let examined = 0
    let found: ReceivedEvent | undefined
    await this.connection.signal.wait(() => {
      while (!found && examined < this.events.length) {
        const event = this.events[examined++]!
        if (matches(event)) found = event
      }
      return found !== undefined || this.isOver
    }, timeoutMs)
    return found
  }

  /** Resolves with false when the response is not complete in time. */
  waitForEnd(timeoutMs: number): Promise<boolean> {
    return this.connection.signal.wait(() => this.isOver, timeoutMs)
  }

  #receive(): void {
    const {chunks} = this.connection
    while (this.#read < chunks.length) this.response.push(chunks[this.#read++]!.bytes)
    if (this.connection.end && !this.#isEnded) {
      this.#isEnded = true
      this.response.end()
    }
  }

  #readBody(bytes: Buffer): void {
    if (this.#onBody) {
      this.#onBody(bytes)
      return
    }
    this.parser.push(bytes)
    const now = performance.now()
    while (this.arrivals.length < this.parser.events.length) this.arrivals.push(now)
  }
}
