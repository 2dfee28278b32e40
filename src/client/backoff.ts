/**
 * Computes the delays between attempts. The delays are random, so that clients do not all reconnect at the same time.
 */

const firstMs = 1_000
const mostMs = 30_000
const leastMs = 50 // a delay near 0 would cause a tight loop of attempts

/**
 * Returns the range of the delay after `failures` consecutive failures. The delay is `leastMs` plus a random time
 * of up to `jitterMs`. `jitterMs` is 1 s after the first failure. `jitterMs` doubles with each further failure, up to
 * 30 s.
 */
export function backoffMs(failures: number): [leastMs: number, jitterMs: number] {
  return [leastMs, Math.min(mostMs, (firstMs / 2) * 2 ** failures)]
}
