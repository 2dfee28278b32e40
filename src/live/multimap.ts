/** A map with several values per key. */
export class Multimap<Value> {
  readonly #values = new Map<string | undefined, Set<Value>>()

  add(key: string | undefined, value: Value): void {
    const values = this.#values.get(key)
    if (values) values.add(value)
    else this.#values.set(key, new Set([value]))
  }

  delete(key: string | undefined, value: Value): void {
    const values = this.#values.get(key)
    if (values?.delete(value) && values.size === 0) this.#values.delete(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** Adds the values of the key to `collected`. */
  collect(key: string | null, collected: Set<Value>): void {
    if (key === null) return
    const values = this.#values.get(key)
    if (values) for (const value of values) collected.add(value)
  }
}
