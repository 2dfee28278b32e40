/**
 * Makes a request wait while another request with the same idempotency key is in progress. A waiting request uses no
 * database connection.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {Problem} from '../board/problem.ts'

const maxWaitMs = 5_000 // a request that waits longer is rejected, and the client should send the request again

/** The keys of the requests that are in progress in this process. */
export class KeysInProgress {
  readonly #ends = new Map<string, Promise<false>>()
  readonly #delay: typeof delay

  /** `options.delay` replaces the system timer in tests. */
  constructor(options: {delay?: typeof delay} = {}) {
    this.#delay = options.delay ?? delay
  }

  /**
   * Waits until no other work with the same key is in progress, then runs `work`. `hasWaited` is true when `work` had
   * to wait. Throws all errors of `work`. Throws Problem 'idempotency-key-in-use' after a wait of 5 seconds.
   */
  async run<T>(key: string, work: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const hasWaited = this.#ends.has(key)
    if (hasWaited) {
      const timer = new AbortController()
      const isLate = this.#delay(maxWaitMs, true, {signal: timer.signal}).catch(() => false)
      // When the work in progress ends, all waiting requests continue here. The first of these requests starts its
      // work, and the other requests wait again.
      for (let end = this.#ends.get(key); end; end = this.#ends.get(key)) {
        if (await Promise.race([end, isLate])) throw keyInUse()
      }
      timer.abort()
    }
    const running = work(hasWaited)
    this.#ends.set(key, this.#endOf(key, running))
    return running
  }

  /** After the work has succeeded or failed, removes the key and resolves to false. */
  async #endOf(key: string, running: Promise<unknown>): Promise<false> {
    await running.catch(() => {})
    this.#ends.delete(key)
    return false
  }
}

function keyInUse(): Problem {
  return new Problem(
    'idempotency-key-in-use',
    'A request with this Idempotency-Key is still in progress. Send the request again to get its result.',
  )
}
