/**
 * Computes the delays between attempts. The delays are random, so that clients do not all reconnect at the same time.
 */

const firstMs = 1_000
const mostMs = 30_000
const leastMs = 50 // this minimum prevents a tight loop of attempts

/**
 * Returns the minimum delay after this number of consecutive failures, and the maximum of the random delay that is
 * added to it. This maximum is 1 s, 2 s, 4 s and so on, up to 30 s.
 */
export function backoffMs(failures: number): [leastMs: number, jitterMs: number] {
  return [leastMs, Math.min(mostMs, firstMs * 2 ** (failures - 1))]
}
