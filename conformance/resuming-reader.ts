/** A reader that reconnects with the last id that it has received, as EventSource does. */

import type {Context, OpenOptions} from './context.ts'
import {expect} from './expect.ts'
import type {ReceivedEvent} from './wire/event-parser.ts'
import type {Stream} from './wire/stream.ts'

export class ResumingReader {
  /** The events of all connections, in the order of their arrival. */
  readonly events: ReceivedEvent[] = []
  lastEventId: string | undefined
  connections = 0
  #stream: Stream | undefined
  #examined = 0
  readonly #context: Context

  constructor(context: Context, lastEventId?: string) {
    this.#context = context
    this.lastEventId = lastEventId
  }

  get stream(): Stream {
    return this.#stream!
  }

  /** Opens a connection. Call this method when there is no connection, or after `cut`. */
  async connect(options: OpenOptions = {}): Promise<void> {
    const stream = this.#context.open({lastEventId: this.lastEventId, ...options})
    this.connections++
    this.#stream = stream
    this.#examined = 0
    stream.connection.signal.listen(() => this.#take(stream))
    await this.#context.ready(stream)
    this.#take(stream)
  }

  /** Ends the connection. Events that arrive later on this connection are ignored. */
  cut(): void {
    const stream = this.#stream
    this.#stream = undefined
    stream?.connection.cut()
  }

  async waitFor(text: string, timeoutMs = this.#context.patienceMs): Promise<void> {
    const has = () => this.events.some(event => this.#context.textOf(event) === text)
    await this.stream.connection.signal.wait(() => has() || this.stream.isOver, timeoutMs)
    expect(has(), () => `An event did not arrive: ${JSON.stringify(text.slice(0, 60))}.`)
  }

  /** Resolves when the reader has this number of events of the case. */
  async waitForCount(count: number): Promise<void> {
    const {signal} = this.stream.connection
    const stream = this.stream
    await signal.wait(
      () => this.#context.published(this).length >= count || stream.isOver,
      this.#context.patienceMs,
    )
  }

  #take(stream: Stream): void {
    if (stream !== this.#stream) return
    while (this.#examined < stream.events.length) this.events.push(stream.events[this.#examined++]!)
    if (stream.parser.hasSetId) this.lastEventId = stream.parser.lastEventId
  }
}
