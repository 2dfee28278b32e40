/** Lets concurrent callers share a read. */

export interface SharedReadsOptions {
  /**
   * The maximum number of milliseconds that a read waits for the previous read with the same key. The wait is limited,
   * because the connection of the previous read may be dead while other connections work. Default 1,000.
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
   * Returns the result of a read that starts during or after this call. All calls that arrive while a read is running
   * share the next read. These calls never share the running read, because the snapshot of the running read may be
   * older than the call. A caller that has just committed a change must see this change.
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

  /** Resolves when the read has ended, or when `maxDelayMs` have passed since this call. */
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
