/**
 * Lets the workers of a server share their counts. The primary process counts the uses of all workers. A worker sends
 * all uses of one turn of its event loop in one message.
 */
import {
  type FurtherUses,
  LimiterCounts,
  type RateCounts,
  type RateLimitName,
  type RateLimits,
  type RateUse,
} from './rate-counts.ts'

export interface CountRequest {
  id: number
  uses: Use[]
}

/** The parameters of `RateCounts.count`. */
interface Use {
  name: RateLimitName
  key: string
  further: FurtherUses | undefined
}

/**
 * The response to the `CountRequest` with the same id. `uses` contains the state after each use, in the order of the
 * request.
 */
export interface CountResponse {
  id: number
  uses: RateUse[]
}

export interface SharedRateCountsOptions {
  limits: RateLimits
  /** Sends the request to the primary process. Must not throw. */
  send: (request: CountRequest) => void
  /**
   * If the primary process has not responded after this number of milliseconds, the worker counts the uses itself.
   * Default 1,000.
   */
  responseTimeoutMs?: number
}

interface WaitingUse extends Use {
  resolve: (use: RateUse | Promise<RateUse>) => void
}

interface Sent {
  uses: WaitingUse[]
  timer: NodeJS.Timeout
}

/** Used in a worker. Sends the uses to the primary process. */
export class SharedRateCounts implements RateCounts {
  readonly limits: RateLimits
  readonly #send: (request: CountRequest) => void
  readonly #responseTimeoutMs: number
  /** Counts the uses while the primary process does not respond. */
  readonly #own: RateCounts
  /** The uses of this turn of the event loop. */
  #waiting: WaitingUse[] = []
  readonly #sent = new Map<number, Sent>()
  #lastId = 0
  #isClosed = false

  constructor({limits, send, responseTimeoutMs = 1_000}: SharedRateCountsOptions) {
    this.limits = limits
    this.#send = send
    this.#responseTimeoutMs = responseTimeoutMs
    this.#own = new LimiterCounts(limits)
  }

  count(name: RateLimitName, key: string, further?: FurtherUses): Promise<RateUse> | undefined {
    if (this.limits[name] === 0) return undefined
    if (this.#isClosed) return this.#own.count(name, key, further)
    return new Promise(resolve => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush())
      this.#waiting.push({name, key, further, resolve})
    })
  }

  /** Must be called with each response of the primary process. */
  receive({id, uses}: CountResponse): void {
    const sent = this.#sent.get(id)
    if (!sent) return // the response was late, and the uses have been counted in this process
    this.#sent.delete(id)
    clearTimeout(sent.timer)
    for (const [index, {resolve}] of sent.uses.entries()) resolve(uses[index]!)
  }

  /** From now on, this process counts all uses. Must be called when the primary process has ended. */
  close(): void {
    this.#isClosed = true
    for (const id of [...this.#sent.keys()]) this.#abandon(id)
    this.#flush()
  }

  #flush(): void {
    const uses = this.#waiting
    this.#waiting = []
    if (this.#isClosed) {
      this.#countAll(uses)
      return
    }
    const id = ++this.#lastId
    this.#sent.set(id, {uses, timer: setTimeout(() => this.#abandon(id), this.#responseTimeoutMs)})
    this.#send({id, uses: uses.map(({resolve: _, ...use}) => use)})
  }

  #abandon(id: number): void {
    const {uses, timer} = this.#sent.get(id)!
    this.#sent.delete(id)
    clearTimeout(timer)
    this.#countAll(uses)
  }

  #countAll(uses: readonly WaitingUse[]): void {
    for (const {name, key, further, resolve} of uses) resolve(this.#own.count(name, key, further)!)
  }
}

/** Called in the primary process. Counts the uses in the request of a worker. */
export async function answerCountRequest(
  counts: RateCounts,
  {id, uses}: CountRequest,
): Promise<CountResponse> {
  return {id, uses: await Promise.all(uses.map(({name, key, further}) => counts.count(name, key, further)!))}
}
