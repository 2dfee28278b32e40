/** Detects a stream that has gone silent, and a machine that has slept. */

const tickMs = 1_000 // so that a laptop that wakes is noticed within a second
const sleepMs = 5_000 // a tick that is this late was slept through

export interface Watchdog {
  /** From now on `feed` must be called at least every `leastMs` to `leastMs + jitterMs` milliseconds, chosen at random. */
  start(leastMs: number, jitterMs?: number): void
  feed(): void
  /** Something happened that often precedes silence: until the next `feed`, half the limit applies. */
  suspect(): void
  /** Compares the clock with the limit. The watchdog's own timer calls it every second. */
  tick(): void
  stop(): void
}

/**
 * Calls `onSilence` once, and stops, when the limit has passed without `feed`. It goes by the wall clock, because
 * timers stop while a machine sleeps.
 */
export function watch(onSilence: () => void, now = () => Date.now()): Watchdog {
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
    // The absolute value, so that a clock that is set back does not hide the silence.
    const left = limit / (isSuspicious ? 2 : 1) - Math.abs(time - fedAt)
    if (left > 0) {
      schedule(left)
    } else {
      stop()
      onSilence()
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
