/**
 * Computes the delays between attempts. The delays are random, so that clients do not all reconnect at the same time.
 */
import {Problem} from '../board/problem.ts'

const firstMs = 1_000
const mostMs = 30_000
const leastMs = 50 // a delay near 0 would cause a tight loop of attempts

// Somebody is looking at a visible page, so the page returns at most 2 s after the server. This is also the time in
// which the server can accept the pages: 10,000 pages in 2 s are 5,000 streams a second, and in the bench, 10,000
// readers reconnect in 1.5 to 1.9 s. Until then, the server is not running, so the 10,000 attempts a second (the mean
// delay is 1 s) cost only refused connections. After 30 attempts, in about half a minute, the delays grow as usual.
// Pages of one browser count once: all streams of all tabs share one connection, and only its leader reconnects.
const quickAttempts = 30
const quickDoublings = 2

/**
 * Returns the range of the delay after `failures` consecutive failures. The delay is `leastMs` plus a random time
 * of up to `jitterMs`. `jitterMs` is 1 s after the first failure. `jitterMs` doubles with each further failure, up to
 * 30 s. With `isQuick`, `jitterMs` stays 2 s until the 30th failure, and doubles after it.
 */
export function backoffMs(failures: number, isQuick?: boolean): [leastMs: number, jitterMs: number] {
  const later = isQuick ? Math.max(quickDoublings, failures - quickAttempts + quickDoublings) : failures
  return [leastMs, Math.min(mostMs, (firstMs / 2) * 2 ** Math.min(failures, later))]
}

/** Whether the server may be away: no response arrived, or a proxy responded. False when the server itself refused. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Problem)) return true
  const code: string = error.code
  return code === 'unexpected-response' && (error.data.status as number) >= 500
}

/** Whether the page is visible. False where there is no page, for example in Node. */
export function isVisible(): boolean {
  return globalThis.document?.visibilityState === 'visible'
}
