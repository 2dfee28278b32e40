/** Limits the memory of all rings of a process together. */

interface Evictable {
  evict(): void
}

/** Counts the bytes of all rings. When the rings use too many bytes, the least recently used ring is evicted first. */
export class RingBudget {
  readonly #maxBytes: number
  /** The bytes of each ring that is not empty. The least recently used ring is first. */
  readonly #sizes = new Map<Evictable, number>()
  #totalBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Sets the size of a ring. May evict any ring, including `ring`. */
  resize(ring: Evictable, bytes: number): void {
    this.#totalBytes += bytes - (this.#sizes.get(ring) ?? 0)
    if (bytes === 0) this.#sizes.delete(ring)
    else this.#sizes.set(ring, bytes)
    while (this.#totalBytes > this.#maxBytes) {
      const [oldest] = this.#sizes.keys()
      oldest!.evict()
    }
  }

  /** Makes the ring the most recently used ring. */
  use(ring: Evictable): void {
    const bytes = this.#sizes.get(ring)
    if (bytes === undefined) return
    this.#sizes.delete(ring)
    this.#sizes.set(ring, bytes)
  }
}
