import {setTimeout as delay} from 'node:timers/promises'

/**
 * Resolves when the condition is true. Rejects after half a minute, even if a test has replaced the clock.
 */
export async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    if (waited > 30_000) throw new Error(`Timed out waiting for ${condition}`)
    await delay(10)
  }
}
