/** Notices a stream that has gone silent, and a machine that has slept. */

const tick = 1_000 // milliseconds: a laptop that wakes is looked after within these
const sleep = 5_000 // a tick that comes this late was slept through

/**
 * Compares the wall clock with when something was last heard: timers alone stand still while a machine sleeps.
 * Stopped until the first `expect`.
 */
export class Watchdog {
  readonly #onSilence: () => void
  #timer: ReturnType<typeof setInterval> | undefined
  #limit = 0
  #heardAt = 0
  #tickedAt = 0
  #isSuspicious = false

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence
  }

  /** From now on something must be heard every so many milliseconds. */
  expect(limit: number): void {
    this.stop()
    this.#limit = limit
    this.#tickedAt = Date.now()
    this.hear()
    this.#timer = setInterval(() => this.#tick(), Math.min(tick, limit / 4))
  }

  hear(): void {
    this.#heardAt = Date.now()
    this.#isSuspicious = false
  }

  /** Something has happened that silence often follows: until the next sign of life half the time must do. */
  suspect(): void {
    this.#isSuspicious = true
    this.#check()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const now = Date.now()
    if (now - this.#tickedAt > sleep) this.#isSuspicious = true
    this.#tickedAt = now
    this.#check()
  }

  #check(): void {
    // A clock that was set back must not make the silence endless.
    const silence = Math.abs(Date.now() - this.#heardAt)
    if (!this.#timer || silence <= this.#limit / (this.#isSuspicious ? 2 : 1)) return
    this.stop()
    this.#onSilence()
  }
}
