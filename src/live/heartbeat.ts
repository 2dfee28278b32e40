/** Sends the heartbeats of all streams with one timer. The heartbeats are spread evenly over the interval. */

interface Receiver {
  heartbeat(): void
}

// The receivers are distributed over this number of slots. With the default interval of 15 s, one of the slots is due
// every quarter of a second. With 10,000 streams, a slot contains 167 streams.
const slotCount = 60

/** A set of receivers. Each receiver gets one heartbeat per interval. */
export class HeartbeatWheel<T extends Receiver> implements Iterable<T> {
  readonly #slots: Set<T>[] = Array.from({length: slotCount}, () => new Set())
  readonly #slotMs: number
  readonly #now: () => number
  readonly #startedAt: number
  readonly #timer: NodeJS.Timeout
  #size = 0
  #nextToFill = 0
  /** The number of slots whose heartbeats have been sent, counted since the start. */
  #turns = 0

  /**
   * @param intervalSeconds the number of seconds between two heartbeats that are sent to the same receiver.
   * @param now milliseconds of a clock that never goes back.
   */
  constructor(intervalSeconds: number, now: () => number) {
    this.#slotMs = (intervalSeconds * 1_000) / slotCount
    this.#now = now
    this.#startedAt = now()
    this.#timer = setInterval(() => this.beat(), this.#slotMs)
    this.#timer.unref()
  }

  get size(): number {
    return this.#size
  }

  add(receiver: T): void {
    this.#slots[this.#nextToFill++ % slotCount]!.add(receiver)
    this.#size++
  }

  /** Searches all slots, because storing the slot number of each receiver would need more memory. */
  delete(receiver: T): void {
    if (this.#slots.some(slot => slot.delete(receiver))) this.#size--
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const slot of this.#slots) yield* slot
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Sends all heartbeats that are due. Several slots may be due, because timers are late in a busy process. */
  beat(): void {
    const due = Math.floor((this.#now() - this.#startedAt) / this.#slotMs)
    this.#turns = Math.max(this.#turns, due - slotCount) // each receiver gets at most one heartbeat per call
    while (this.#turns < due) {
      for (const receiver of this.#slots[this.#turns++ % slotCount]!) receiver.heartbeat()
    }
  }
}
