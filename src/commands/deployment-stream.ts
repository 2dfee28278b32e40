/** Reads the control events of a stream, and records when each block arrives. */
import type {StreamEvent, StreamEventType} from '../board/stream-events.ts'
import {type Deployment, type Head, open} from './deployment-request.ts'

export interface Block {
  /** The milliseconds from the request to the block. */
  afterMs: number
  /** The time when the block arrived, in milliseconds since 1970. */
  at: number
  /** The parsed data. The checks use only control events. */
  data: StreamEvent
}

export type BlockOf<Type extends StreamEventType> = Block & {data: Extract<StreamEvent, {type: Type}>}

export class DeploymentStream {
  readonly blocks: Block[] = []
  /** The head of the response, when it has arrived. */
  head: Head | undefined
  /** The milliseconds from the request to the end of the stream. Undefined while the stream is open. */
  endedAfterMs: number | undefined
  /** The error that has ended the stream, if any. */
  error: Error | undefined
  readonly requestedAt = Date.now()
  readonly #startedAt = performance.now()
  readonly #controller = new AbortController()
  readonly #waiting = new Set<() => void>()

  /** Sends the request. Never throws: `error` is set when the request fails. */
  constructor(deployment: Deployment, headers: Record<string, string>) {
    void this.#run(deployment, {accept: 'text/event-stream', ...deployment.credential, ...headers})
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Returns the first block of this type. */
  find<Type extends StreamEventType>(type: Type): BlockOf<Type> | undefined {
    return this.blocks.find((block): block is BlockOf<Type> => block.data.type === type)
  }

  /** Resolves when the stream has a block, when the stream has ended, or when the time is over. */
  async waitForBlock(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs
    while (this.blocks.length === 0 && this.endedAfterMs === undefined && performance.now() < until) {
      await this.#nextChange(until - performance.now())
    }
  }

  /** Resolves when the stream has ended, or when it is as old as `milliseconds`. */
  async waitForAge(milliseconds: number): Promise<void> {
    while (this.endedAfterMs === undefined && this.elapsedMs < milliseconds) {
      await this.#nextChange(milliseconds - this.elapsedMs)
    }
  }

  close(): void {
    this.#controller.abort()
  }

  async #run(deployment: Deployment, headers: Record<string, string>): Promise<void> {
    try {
      const {signal} = this.#controller
      this.head = await open(deployment, '/api/v1/events?framing=message', {headers, signal})
      let rest = ''
      for await (const piece of this.head.body) {
        const blocks = (rest + piece).split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks) this.#record(block)
        this.#wake()
      }
    } catch (error) {
      this.error = error as Error
    }
    this.endedAfterMs = this.elapsedMs
    this.#wake()
  }

  #record(block: string): void {
    const [, json] = /^data:(.*)$/m.exec(block) ?? []
    if (json) this.blocks.push({afterMs: this.elapsedMs, at: Date.now(), data: JSON.parse(json)})
  }

  async #nextChange(timeoutMs: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
