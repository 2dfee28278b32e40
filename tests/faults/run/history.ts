/** The faults of a run, with the times at which they began and ended. All times are from `performance.now`. */

interface PastFault {
  name: string
  beganAt: number
  /** Infinity while the fault lasts. */
  endedAt: number
}

export class FaultHistory {
  readonly #faults: PastFault[] = []

  /** Returns a function that must be called when the fault has ended. */
  begin(name: string): () => void {
    const fault = {name, beganAt: performance.now(), endedAt: Number.POSITIVE_INFINITY}
    this.#faults.push(fault)
    return () => {
      fault.endedAt = performance.now()
    }
  }

  /** Milliseconds that faults with a matching name lasted between the two times. Faults at the same time add up. */
  lastedMs(pattern: RegExp, from: number, to: number): number {
    return this.#faults
      .filter(({name}) => pattern.test(name))
      .map(({beganAt, endedAt}) => Math.max(0, Math.min(endedAt, to) - Math.max(beganAt, from)))
      .reduce((total, ms) => total + ms, 0)
  }

  /** Whether a fault with a matching name was in progress between the two times. */
  hadFault(pattern: RegExp, from: number, to: number): boolean {
    return this.#faults.some(
      ({name, beganAt, endedAt}) => pattern.test(name) && beganAt <= to && endedAt >= from,
    )
  }
}
