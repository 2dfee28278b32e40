/** Limits the memory of all rings of a process together. */

interface Evictable {
  evict(): void
}

/** When the rings hold more bytes than allowed, the ring that was used least recently is evicted first. */
export class RingBudget {
  readonly #maxBytes: number
  /** The bytes of each ring that holds some, the least recently used first. */
  readonly #sizes = new Map<Evictable, number>()
  #totalBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Sets the size of a ring. May evict any ring, also this one. */
  resize(ring: Evictable, bytes: number): void {
    this.#totalBytes += bytes - (this.#sizes.get(ring) ?? 0)
    if (bytes === 0) this.#sizes.delete(ring)
    else this.#sizes.set(ring, bytes)
    while (this.#totalBytes > this.#maxBytes) {
      const [oldest] = this.#sizes.keys()
      oldest!.evict()
    }
  }

  /** Marks a ring as the one that was used last. */
  use(ring: Evictable): void {
    const bytes = this.#sizes.get(ring)
    if (bytes === undefined) return
    this.#sizes.delete(ring)
    this.#sizes.set(ring, bytes)
  }
}
