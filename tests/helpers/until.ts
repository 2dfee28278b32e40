import {setTimeout as delay} from 'node:timers/promises'

/** Resolves when the condition holds. Rejects after half a minute, counted without a clock that tests may replace. */
export async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    if (waited > 30_000) throw new Error(`Timed out waiting for ${condition}`)
    await delay(10)
  }
}
