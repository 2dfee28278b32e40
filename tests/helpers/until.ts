import {setTimeout as delay} from 'node:timers/promises'

/**
 * Resolves when the condition is true. Rejects after half a minute, even if a test has replaced the clock. `everyMs` is the
 * time between two checks. A check that costs much CPU time needs a longer time. Default 10.
 */
export async function until(condition: () => unknown, everyMs = 10): Promise<void> {
  for (let waited = 0; !(await condition()); waited += everyMs) {
    if (waited > 30_000) throw new Error(`Timed out waiting for ${condition}`)
    await delay(everyMs)
  }
}
