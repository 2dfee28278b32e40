/** Decides how long a server waits before it replaces a worker that has ended. */

// When a worker has run for less than this number of milliseconds, its replacement will probably end soon too.
const steadyMs = 60_000
const firstDelayMs = 1_000
const maxDelayMs = 30_000

export class RestartDelay {
  #quickEnds = 0

  /**
   * Returns the milliseconds before the next start. `ranMs` is the time between the start of the worker and its end.
   * The first worker that ends is replaced immediately. If the replacements also end soon after their start, the delays
   * double from 1 s to 30 s.
   */
  next(ranMs: number): number {
    if (ranMs >= steadyMs) this.#quickEnds = 0
    const delayMs = this.#quickEnds === 0 ? 0 : firstDelayMs * 2 ** (this.#quickEnds - 1)
    this.#quickEnds++
    return Math.min(delayMs, maxDelayMs)
  }
}
