const steps = 20 // of one wait

/** Lets code wait for a condition. The condition is checked again after each notification. */
export class Signal {
  readonly #listeners = new Set<() => void>()

  notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves with true when the condition holds, and with false when the time has passed. The time is counted in small
   * steps. When this process was busy for a long time, the time counts as one step, because bytes may have arrived that
   * this process has not read yet.
   */
  wait(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise(resolve => {
      const finish = (holds: boolean) => {
        clearInterval(timer)
        stop()
        resolve(holds)
      }
      const stop = this.listen(() => condition() && finish(true))
      let left = steps
      const timer = setInterval(() => --left <= 0 && finish(condition()), Math.max(timeoutMs, 1) / steps)
    })
  }
}
