/** Reads that concurrent callers share. */

export interface SharedReadsOptions {
  /**
   * Milliseconds that a read may delay the next one with its key. Its connection may be dead while others work.
   * Default 1,000.
   */
  maxDelayMs?: number
}

interface Reads<Result> {
  running: Promise<Result>
  /** The read that starts when `running` ends. */
  next?: Promise<Result>
}

export class SharedReads<Result> {
  readonly #maxDelayMs: number
  readonly #reads = new Map<string, Reads<Result>>()

  constructor({maxDelayMs = 1_000}: SharedReadsOptions = {}) {
    this.#maxDelayMs = maxDelayMs
  }

  /**
   * Returns the result of a read that starts during this call or later. All calls that arrive while a read is running
   * share the one that follows it. They never share the running one, because its snapshot may be older than they are: a
   * caller that has just committed a change must see it.
   */
  read(key: string, read: () => Promise<Result>): Promise<Result> {
    const reads = this.#reads.get(key)
    if (!reads) return this.#start(key, read)
    reads.next ??= this.#settled(reads.running).then(() => this.#start(key, read))
    return reads.next
  }

  #start(key: string, read: () => Promise<Result>): Promise<Result> {
    const reads: Reads<Result> = {running: read()}
    this.#reads.set(key, reads)
    const forget = () => {
      if (!reads.next) this.#reads.delete(key)
    }
    reads.running.then(forget, forget)
    return reads.running
  }

  /** Resolves when the read has ended or has taken too long. */
  #settled(running: Promise<Result>): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, this.#maxDelayMs)
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      running.then(end, end)
    })
  }
}
