/**
 * Returns the milliseconds before the next attempt to connect. They double with each failed attempt, from 100 ms to 5 s,
 * and are random within a range, so that processes do not reconnect at the same time.
 */
export function retryDelayMs(failedAttempts: number): number {
  return Math.min(100 * 2 ** failedAttempts, 5_000) * (0.5 + Math.random() / 2)
}
