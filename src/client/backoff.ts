/** How long to wait before the next attempt, so that the clients of one failed server do not return together. */

const firstMs = 1_000
const mostMs = 30_000
const leastMs = 50 // a wait of nothing, repeated, would be a tight loop

/** The least milliseconds to wait after so many failures in a row, and the jitter on top: full, below 1 s, 2 s … 30 s. */
export function backoffMs(failures: number): [leastMs: number, jitterMs: number] {
  return [leastMs, Math.min(mostMs, firstMs * 2 ** (failures - 1))]
}
