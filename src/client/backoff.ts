/** Delays between attempts. They are random, so that the clients of a failed server do not all return together. */

const firstMs = 1_000
const mostMs = 30_000
const leastMs = 50 // without a delay, repeated attempts would be a tight loop

/**
 * Returns the least delay after this number of consecutive failures, and the limit of the random delay that is added:
 * 1 s, 2 s, 4 s, up to 30 s.
 */
export function backoffMs(failures: number): [leastMs: number, jitterMs: number] {
  return [leastMs, Math.min(mostMs, firstMs * 2 ** (failures - 1))]
}
