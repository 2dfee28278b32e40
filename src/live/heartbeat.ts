/** One timer for all heartbeats, spread over the interval so that they are no spike. */

export interface Beating {
  heartbeat(): void
}

// Ticks of at most a quarter of a second for the default interval: with 10,000 streams, 167 a tick.
const slots = 60

export class Heartbeats<T extends Beating> {
  readonly #wheel: Set<T>[] = Array.from({length: slots}, () => new Set())
  readonly #slotOf = new Map<T, Set<T>>()
  readonly #timer: NodeJS.Timeout
  #next = 0
  #tick = 0

  constructor(seconds: number) {
    this.#timer = setInterval(() => this.#beat(), (seconds * 1_000) / slots)
    this.#timer.unref()
  }

  add(member: T): void {
    const slot = this.#wheel[this.#next++ % slots]!
    slot.add(member)
    this.#slotOf.set(member, slot)
  }

  delete(member: T): void {
    this.#slotOf.get(member)?.delete(member)
    this.#slotOf.delete(member)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    for (const member of this.#wheel[this.#tick++ % slots]!) member.heartbeat()
  }
}
