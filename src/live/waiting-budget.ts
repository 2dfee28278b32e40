/** Limits the total number of bytes that wait in a process for the clients of all streams. */

export interface WaitingBudgetOptions {
  /** The maximum number of bytes that wait for one client. */
  maxPerStream: number
  /** While the bytes that wait for all clients approach this number, fewer bytes may wait for one client. */
  maxTotal: number
}

// One stream receives at most this share of the bytes that are left, so that many streams together cannot use all of
// the budget.
const shareOfRest = 1 / 16
// A replay continues in steps of this number of bytes when other streams use the whole budget. With smaller steps, one
// page from the log would be read several times.
const minPerStream = 16 * 1024

/** Counts the bytes that wait for slow clients. */
export class WaitingBudget {
  /** The number of bytes that may wait for one client at the moment. */
  perStream: number
  readonly #options: WaitingBudgetOptions
  readonly #waiting = new Map<object, number>()
  #total = 0

  constructor(options: WaitingBudgetOptions) {
    this.#options = options
    this.perStream = options.maxPerStream
  }

  /** The number of bytes that wait for all clients. */
  get total(): number {
    return this.#total
  }

  /** Sets how many bytes wait for the client of the stream. */
  set(stream: object, bytes: number): void {
    this.#total += bytes - (this.#waiting.get(stream) ?? 0)
    if (bytes === 0) this.#waiting.delete(stream)
    else this.#waiting.set(stream, bytes)
    const {maxPerStream, maxTotal} = this.#options
    const share = Math.max(minPerStream, (maxTotal - this.#total) * shareOfRest)
    this.perStream = Math.min(maxPerStream, powerOfTwoTo(share))
  }
}

/**
 * Rounds the count down to a power of two. Most streams therefore have the same limit, so that streams with the same
 * cursor can share a payload.
 */
function powerOfTwoTo(count: number): number {
  return 2 ** Math.floor(Math.log2(count))
}
