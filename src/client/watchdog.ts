/** Detects when a stream has become silent, and when the machine has slept. */

const tickMs = 1_000 // after a sleep, the watchdog notices within a second that the machine is awake
const sleepMs = 5_000 // when the time between two ticks exceeds this limit, the machine has slept

export interface Watchdog {
  /**
   * Starts the watchdog with a random limit between `leastMs` and `leastMs + jitterMs`. The time between two calls of
   * `feed` must not exceed this limit.
   */
  start(leastMs: number, jitterMs?: number): void
  feed(): void
  /** Halves the limit until the next `feed`. Must be called when the connection may have broken. */
  suspect(): void
  /** Calls `onSilence` when the limit has passed. The watchdog's timer calls this method at least once a second. */
  tick(): void
  stop(): void
}

/**
 * Returns a watchdog. When the limit has passed without a call of `feed`, the watchdog stops and calls `onSilence`. The
 * watchdog compares times of the wall clock, because timers do not run while the machine sleeps. `isHalf` is true when
 * the limit was halved.
 */
export function watch(onSilence: (isHalf: boolean) => void, now = Date.now): Watchdog {
  let timer: ReturnType<typeof setTimeout> | undefined
  let limit = 0
  let fedAt = 0
  let tickedAt = 0
  let isSuspicious = false
  return {start, feed, suspect, tick, stop}

  function start(leastMs: number, jitterMs = 0): void {
    limit = leastMs + Math.random() * jitterMs
    tickedAt = now()
    feed()
    schedule(limit)
  }

  function feed(): void {
    fedAt = now()
    isSuspicious = false
  }

  function suspect(): void {
    isSuspicious = true
    tick()
  }

  function tick(): void {
    if (!timer) return
    const time = now()
    if (time - tickedAt > sleepMs) isSuspicious = true
    tickedAt = time
    // Uses the absolute value of the elapsed time, so that silence is detected even after the clock has been set back.
    const left = limit / (isSuspicious ? 2 : 1) - Math.abs(time - fedAt)
    if (left > 0) {
      schedule(left)
    } else {
      stop()
      onSilence(isSuspicious)
    }
  }

  function schedule(milliseconds: number): void {
    stop()
    timer = setTimeout(tick, Math.min(tickMs, milliseconds))
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
  }
}
