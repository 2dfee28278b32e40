/** One timer for all heartbeats, spread over the interval so that they are no spike. */

export interface Beating {
  heartbeat(): void
}

// Ticks of a quarter of a second for the default interval: with 10,000 streams, 167 beat in each.
const slots = 60

/** Everybody who is alive, each in one of the slots of the interval. */
export class Heartbeats<T extends Beating> implements Iterable<T> {
  readonly #wheel: Set<T>[] = Array.from({length: slots}, () => new Set())
  readonly #timer: NodeJS.Timeout
  #size = 0
  #next = 0
  #tick = 0

  /** @param seconds from one heartbeat of a member to its next. */
  constructor(seconds: number) {
    this.#timer = setInterval(() => this.#beat(), (seconds * 1_000) / slots)
    this.#timer.unref()
  }

  get size(): number {
    return this.#size
  }

  add(member: T): void {
    this.#wheel[this.#next++ % slots]!.add(member)
    this.#size++
  }

  /** Looks through the slots, which are few. */
  delete(member: T): void {
    if (this.#wheel.some(slot => slot.delete(member))) this.#size--
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const slot of this.#wheel) yield* slot
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    for (const member of this.#wheel[this.#tick++ % slots]!) member.heartbeat()
  }
}
