import {setTimeout as delay} from 'node:timers/promises'

/** Resolves when the condition holds; rejects after half a minute of waiting, counted without a clock that tests may set. */
export async function until(condition: () => unknown): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    if (waited > 30_000) throw new Error(`Waited in vain for ${condition}`)
    await delay(10)
  }
}
