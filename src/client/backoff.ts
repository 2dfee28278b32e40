/** How long to wait before the next attempt, so that many clients of one failed server do not return as one. */

const first = 1_000 // milliseconds at the most before the first repetition
const most = 30_000
const least = 50 // waits of nothing, many times over, would be a tight loop

/** Milliseconds to wait after so many failures in a row: full jitter below 1 s, 2 s, 4 s … 30 s. */
export function backoff(failures: number, random = Math.random()): number {
  return least + random * Math.min(most, first * 2 ** (failures - 1))
}
