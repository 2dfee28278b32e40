import {setTimeout as delay} from 'node:timers/promises'
import type {Logger} from 'pino'

/** A task that repeats: its name in the log, and the milliseconds from the end of one run to the start of the next. */
export interface Repetition {
  name: string
  intervalMs: number
  log: Logger
}

/**
 * Calls `work` now and at intervals. When `work` fails, logs a warning and tries again at the next interval. Returns a
 * function that stops the repetition and resolves when `work` has ended; it aborts the signal of `work`.
 */
export function repeat(
  {name, intervalMs, log}: Repetition,
  work: (signal: AbortSignal) => Promise<void>,
): () => Promise<void> {
  const stopped = new AbortController()
  const {signal} = stopped
  const running = run()
  return () => {
    stopped.abort()
    return running
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await work(signal)
      } catch (err) {
        log.warn({err}, `${name} failed; it will be retried at the next interval`)
      }
      await delay(intervalMs, undefined, {signal, ref: false}).catch(() => {}) // rejects when `signal` is aborted
    }
  }
}
