/** Notices a stream that has gone silent, and a machine that has slept. */

const tick = 1_000 // milliseconds: a laptop that wakes is looked after within these
const sleep = 5_000 // a tick that comes this late was slept through

export interface Watchdog {
  /** From now on something must be heard every so many milliseconds. */
  expect(limit: number): void
  hear(): void
  /** Something has happened that silence often follows: until the next sign of life half the time must do. */
  suspect(): void
  stop(): void
}

/**
 * Compares the wall clock with when something was last heard: timers alone stand still while a machine sleeps.
 * Stopped until the first `expect`, and after each silence.
 */
export function watch(onSilence: () => void): Watchdog {
  let timer: ReturnType<typeof setInterval> | undefined
  let limit = 0
  let heardAt = 0
  let tickedAt = 0
  let isSuspicious = false
  return {
    expect(milliseconds) {
      stop()
      limit = milliseconds
      tickedAt = Date.now()
      hear()
      timer = setInterval(beat, Math.min(tick, limit / 4))
    },
    hear,
    suspect() {
      isSuspicious = true
      check()
    },
    stop,
  }

  function hear(): void {
    heardAt = Date.now()
    isSuspicious = false
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  function beat(): void {
    const now = Date.now()
    if (now - tickedAt > sleep) isSuspicious = true
    tickedAt = now
    check()
  }

  function check(): void {
    // A clock that was set back must not make the silence endless.
    const silence = Math.abs(Date.now() - heardAt)
    if (!timer || silence <= limit / (isSuspicious ? 2 : 1)) return
    stop()
    onSilence()
  }
}
