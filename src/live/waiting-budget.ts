/** Limits the number of bytes that wait in a process for the clients of streams. */

export interface WaitingBudgetOptions {
  /** The maximum number of bytes that wait for one client. */
  maxPerStream: number
  /**
   * The intended maximum number of bytes that wait for all clients together. When little of this number is left, fewer
   * bytes may wait for one client. The clients of one organization may use a quarter of this number.
   */
  maxTotal: number
}

const maxShareOfOrganization = 1 / 4
// One stream receives at most this share of the bytes that are left, so that the bytes are enough for many streams.
const shareOfRest = 1 / 16
// This number of bytes may always wait for a client. With a smaller number, a replay would advance in smaller steps,
// and would read the same page from the log very often.
const minPerStream = 16 * 1024

/** Counts the bytes that wait for the slow clients of all organizations. */
export class WaitingBudget {
  readonly options: WaitingBudgetOptions
  total = 0

  constructor(options: WaitingBudgetOptions) {
    this.options = options
  }

  forOrganization(): OrganizationBudget {
    return new OrganizationBudget(this)
  }
}

/** Counts the bytes that wait for the slow clients of one organization. */
export class OrganizationBudget {
  readonly #all: WaitingBudget
  readonly #waiting = new Map<object, number>()
  #total = 0

  constructor(all: WaitingBudget) {
    this.#all = all
  }

  /** The number of bytes that may wait for one client at the moment. */
  get perStream(): number {
    const {maxPerStream, maxTotal} = this.#all.options
    const rest = Math.min(maxTotal - this.#all.total, maxTotal * maxShareOfOrganization - this.#total)
    return Math.min(maxPerStream, Math.max(minPerStream, powerOfTwoTo(rest * shareOfRest)))
  }

  /** Sets how many bytes wait for the client of the stream. */
  set(stream: object, bytes: number): void {
    const added = bytes - (this.#waiting.get(stream) ?? 0)
    if (bytes === 0) this.#waiting.delete(stream)
    else this.#waiting.set(stream, bytes)
    this.#total += added
    this.#all.total += added
  }
}

/**
 * Rounds the count down to a power of two. Most streams therefore have the same limit, so that streams with the same
 * cursor can share a payload.
 */
function powerOfTwoTo(count: number): number {
  return count < 1 ? 0 : 2 ** Math.floor(Math.log2(count))
}
