/** What a case can do with the server. Everything that a case opens is closed when the case ends. */
import type {Resume, StreamRequest, Target} from './adapter.ts'
import {difference} from './difference.ts'
import {expect, NotApplicable} from './expect.ts'
import {Connection} from './wire/connection.ts'
import type {ReceivedEvent} from './wire/event-parser.ts'
import type {Head} from './wire/response-parser.ts'
import {type RequestOptions, requestText, Stream} from './wire/stream.ts'

export interface OpenOptions extends Omit<RequestOptions, 'url'> {
  /** Default: the stream of the target. */
  request?: StreamRequest
  /** The value of the header `Last-Event-ID`. */
  lastEventId?: string | undefined
  /** Replaces the URL of the request, for example with the URL of a proxy. */
  url?: string
  /** Receives the body instead of the event parser. */
  onBody?: (bytes: Buffer) => void
}

// When a server sends no head before the first event, one case fails. The other cases continue after this time.
const lateHeadMs = 500

let contexts = 0

export class Context {
  readonly target: Target
  /** Milliseconds after which something that must happen has not happened. */
  readonly patienceMs: number
  /** The bytes of UTF-8 that the cases of slow readers publish. */
  readonly burstBytes: number
  readonly #mark = `c${(++contexts).toString(36)}-`
  readonly #scenarios: Map<unknown, Promise<unknown>>
  readonly #cleanups: (() => void)[] = []
  /** Cases ask for the texts of the same events after each new event, and `textOf` may have to parse JSON. */
  readonly #knownTexts = new WeakMap<ReceivedEvent, string | undefined>()
  #texts = 0
  #isClosed = false

  /** @param scenarios the results of `once`, shared by all contexts of a run */
  constructor(
    target: Target,
    {patienceMs, burstBytes}: {patienceMs: number; burstBytes: number},
    scenarios: Map<unknown, Promise<unknown>>,
  ) {
    this.target = target
    this.patienceMs = patienceMs
    this.burstBytes = burstBytes
    this.#scenarios = scenarios
  }

  get resume(): Resume {
    return this.target.resume!
  }

  /** Calls the function when the case ends. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  close(): void {
    this.#isClosed = true
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
  }

  /** Runs a slow scenario only once in a run. Several cases examine the result. */
  once<Result>(scenario: (context: Context) => Promise<Result>): Promise<Result> {
    const known = this.#scenarios.get(scenario)
    if (known) return known as Promise<Result>
    const result = scenario(this)
    this.#scenarios.set(scenario, result)
    return result
  }

  connect(url = this.target.stream.url): Connection {
    const connection = new Connection(new URL(url))
    this.onEnd(() => connection.close())
    return connection
  }

  /** Sends the request for a stream. Does not wait for the response. */
  open(options: OpenOptions = {}): Stream {
    const connection = this.connect(options.url ?? (options.request ?? this.target.stream).url)
    connection.send(Buffer.from(this.requestText(options), 'latin1'))
    return new Stream(connection, options.method, {onBody: options.onBody})
  }

  /** Returns the bytes of the request that `open` sends. */
  requestText({request = this.target.stream, lastEventId, headers, ...options}: OpenOptions = {}): string {
    return requestText({
      url: request.url,
      ...options,
      headers: {
        ...request.headers,
        ...(lastEventId !== undefined && {'Last-Event-ID': Buffer.from(lastEventId).toString('latin1')}),
        ...headers,
      },
    })
  }

  async head(stream: Stream): Promise<Head> {
    const head = await stream.waitForHead(this.patienceMs)
    expect(head, () =>
      stream.connection.end ? 'The connection ended without a response.' : 'No response arrived.',
    )
    return head
  }

  /** Opens a stream that receives live events. */
  async live(options: OpenOptions = {}): Promise<Stream> {
    const stream = this.open(options)
    await this.ready(stream)
    return stream
  }

  async ready(stream: Stream): Promise<void> {
    const isLate = await this.once(sendsHeadLate)
    const head = await stream.waitForHead(isLate ? lateHeadMs : this.patienceMs)
    expect(head || isLate, 'No response arrived.')
    expect(!stream.connection.end || head, 'The connection ended without a response.')
    expect(!head || head.status === 200, () => `The status is ${head?.status} instead of 200.`)
    const {isReady} = this.target
    if (isReady && !(await stream.waitForEvent(isReady, this.patienceMs)))
      expect(false, 'The stream did not become ready for live events.')
  }

  /** Returns a text that no other case uses. */
  text(content = ''): string {
    return `${this.#mark}${++this.#texts} ${content}`
  }

  texts(count: number, content?: string): string[] {
    return Array.from({length: count}, () => this.text(content))
  }

  publish(...texts: string[]): Promise<void> {
    const published = this.#publishInOrder(texts)
    // When a case fails, no code of the case waits for its publications any more.
    published.catch(() => {})
    return published
  }

  async #publishInOrder(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if (this.#isClosed) return
      await this.target.publish(text)
    }
  }

  /** Throws NotApplicable when the server does not accept the text. */
  requireAccepted(text: string): void {
    const {accepts, maxTextLength = 1_048_576} = this.target
    if (text.length > maxTextLength)
      throw new NotApplicable(`A text has at most ${maxTextLength} characters.`)
    if (accepts && !accepts(text)) throw new NotApplicable('The server does not accept this text.')
  }

  textOf(event: ReceivedEvent): string | undefined {
    if (!this.#knownTexts.has(event)) {
      this.#knownTexts.set(event, this.target.textOf ? this.target.textOf(event) : event.data)
    }
    return this.#knownTexts.get(event)
  }

  /** Returns the events of this case that the reader has received. */
  published({events}: {events: readonly ReceivedEvent[]}): ReceivedEvent[] {
    return events.filter(event => this.textOf(event)?.startsWith(this.#mark))
  }

  publishedTexts(reader: {events: readonly ReceivedEvent[]}): string[] {
    return this.published(reader).map(event => this.textOf(event)!)
  }

  async receive(stream: Stream, text: string, timeoutMs = this.patienceMs): Promise<ReceivedEvent> {
    const event = await stream.waitForEvent(event => this.textOf(event) === text, timeoutMs)
    expect(event, () => {
      const state = stream.isOver ? 'the stream ended before the event' : 'the event did not arrive in time'
      return `An event was published, but ${state}: ${JSON.stringify(text.slice(0, 60))}.`
    })
    return event
  }

  /**
   * Requires that the stream delivers exactly these events of the case. A last event is published. What did not arrive
   * before this last event is lost.
   */
  async expectExactly(stream: Stream, texts: readonly string[]): Promise<void> {
    const last = this.text('last')
    await this.publish(last)
    await this.receive(stream, last)
    this.expectSame(this.publishedTexts(stream), [...texts, last])
  }

  expectSame(received: readonly string[], expected: readonly string[]): void {
    const fault = difference(received, expected)
    expect(!fault, fault ?? '')
  }

  /** Publishes the events, and returns one event of each text with its id. */
  async publishWithIds(texts: readonly string[]): Promise<string[]> {
    const stream = await this.live()
    await this.publish(...texts)
    await this.receive(stream, texts.at(-1)!)
    const ids = this.published(stream).map(({id}) => id)
    stream.connection.close()
    expect(ids.length === texts.length, `${texts.length} events were published and ${ids.length} arrived.`)
    return ids
  }

  /** Requires that the server still serves streams. */
  async expectAlive(): Promise<void> {
    const stream = await this.live()
    const text = this.text('alive')
    await this.publish(text)
    await this.receive(stream, text)
    stream.connection.close()
  }
}

/** Whether the server sends the head of a stream only with the first event. */
async function sendsHeadLate(context: Context): Promise<boolean> {
  const stream = context.open()
  const head = await stream.waitForHead(context.patienceMs)
  stream.connection.close()
  return head === undefined && !stream.isOver
}
