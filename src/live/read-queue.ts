/** Limits how many reads of the log run at the same time, and how long each read may take. */
import {Problem} from '../board/problem.ts'

/**
 * Runs at most `maxRunning` reads at the same time. Organizations take turns, and one organization runs at most
 * `maxRunning - 1` reads, so that an organization with many or slow reads does not delay other organizations.
 */
export class ReadQueue {
  readonly #maxRunning: number
  readonly #timeoutMs: number
  /** The reads that wait, grouped by organization. The first key is the organization whose turn is next. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #running = 0
  /** The number of running reads of each organization. */
  readonly #runningOf = new Map<string, number>()

  constructor(maxRunning: number, timeoutMs: number) {
    this.#maxRunning = maxRunning
    this.#timeoutMs = timeoutMs
  }

  /**
   * When the turn of the read comes, runs the read, and then calls `use` with the result of the read. The next read
   * starts when `use` has ended. Rejects when the read fails, when the read has timed out twice, or when `use` rejects.
   * By default, `use` returns the result of the read.
   */
  async run<Read, Result = Read>(
    organizationId: string,
    read: () => Promise<Read>,
    use: (read: Read) => Result | Promise<Result> = read => read as never,
  ): Promise<Result> {
    await this.#turn(organizationId)
    try {
      return await use(await retryAfterTimeout(read, this.#timeoutMs))
    } finally {
      this.#end(organizationId)
    }
  }

  async #turn(organizationId: string): Promise<void> {
    if (this.#mayStart(organizationId)) {
      this.#start(organizationId)
      return
    }
    await new Promise<void>(resolve => {
      const reads = this.#waiting.get(organizationId)
      if (reads) reads.push(resolve)
      else this.#waiting.set(organizationId, [resolve])
    })
  }

  #mayStart(organizationId: string): boolean {
    const maxOfOrganization = Math.max(1, this.#maxRunning - 1)
    return this.#running < this.#maxRunning && this.#countOf(organizationId) < maxOfOrganization
  }

  #countOf(organizationId: string): number {
    return this.#runningOf.get(organizationId) ?? 0
  }

  #start(organizationId: string): void {
    this.#running++
    this.#runningOf.set(organizationId, this.#countOf(organizationId) + 1)
  }

  #end(organizationId: string): void {
    this.#running--
    const count = this.#countOf(organizationId) - 1
    if (count === 0) this.#runningOf.delete(organizationId)
    else this.#runningOf.set(organizationId, count)
    for (const [next, reads] of this.#waiting) {
      if (!this.#mayStart(next)) continue
      const resume = reads.shift()!
      this.#waiting.delete(next)
      if (reads.length > 0) this.#waiting.set(next, reads)
      this.#start(next)
      resume()
      return
    }
  }
}

/**
 * Runs the read. A read that does not finish in time is retried once on another connection, because the first
 * connection may be dead. The result of an abandoned attempt is ignored. Throws Problem 'store-unavailable' when the
 * second attempt also times out.
 */
export async function retryAfterTimeout<Result>(
  read: () => Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  const first = await withinTime(read(), timeoutMs)
  if (first !== timedOut) return first
  const second = await withinTime(read(), timeoutMs)
  if (second !== timedOut) return second
  throw new Problem('store-unavailable', `The event log could not be read within ${timeoutMs} ms.`)
}

const timedOut = Symbol('timed out')

async function withinTime<Result>(
  work: Promise<Result>,
  timeoutMs: number,
): Promise<Result | typeof timedOut> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof timedOut>(resolve => {
    timer = setTimeout(resolve, timeoutMs, timedOut)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
