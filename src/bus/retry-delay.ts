/**
 * Returns the delay before the next attempt to connect, in milliseconds. The maximum delay doubles with each failed
 * attempt, from 100 ms to 5 s. The delay is a random time between half of this maximum and the maximum, so that
 * processes do not reconnect at the same time.
 */
export function retryDelayMs(failedAttempts: number): number {
  return Math.min(100 * 2 ** failedAttempts, 5_000) * (0.5 + Math.random() / 2)
}
