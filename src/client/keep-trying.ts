/** Retries a request until it succeeds. */
import {backoffMs, isAway, isVisible} from './backoff.ts'

export interface Trying {
  /** Ends the current delay, if there is one, and starts the next attempt immediately. */
  now(): void
  stop(): void
}

/**
 * Repeats the attempt, with growing delays, until an attempt succeeds or `stop` is called. `onFailure` is called after
 * each failure.
 */
export function keepTrying<T>(
  attempt: () => Promise<T>,
  onSuccess: (result: T) => void,
  onFailure: (error: unknown) => void,
): Trying {
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isStopped = false
  void run()
  return {
    now() {
      if (!timer) return
      clearTimeout(timer)
      void run()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }

  async function run(): Promise<void> {
    timer = undefined
    try {
      const result = await attempt()
      if (!isStopped) onSuccess(result)
    } catch (error) {
      if (isStopped) return
      const [leastMs, jitterMs] = backoffMs(++failures, isVisible() && isAway(error))
      timer = setTimeout(run, leastMs + Math.random() * jitterMs)
      onFailure(error)
    }
  }
}
