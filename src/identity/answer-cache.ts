/** Answers to questions that are asked often: asked many times at once, one question is put; then it is known for a while. */

export interface AnswerCacheOptions<T> {
  /** Answers kept at the most; the one asked for first goes first. */
  maxEntries: number
  /** Milliseconds from the asking for which an answer is good; Infinity: until it goes. */
  maxAge: number
  /** Milliseconds since 1970 at which an answer ends by itself, if earlier. Absent: it does not. */
  endOf?: (answer: T) => number
}

interface Entry<T> {
  promise: Promise<T>
  /** Undefined while it is awaited. */
  answer?: T
  goodUntil: number
}

export class AnswerCache<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #options: AnswerCacheOptions<T>

  constructor(options: AnswerCacheOptions<T>) {
    this.#options = options
  }

  /** The answer known or awaited for `key`, or else what `ask` answers. A failure reaches all who await it and is not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key)
    return entry && Date.now() < entry.goodUntil ? entry.promise : this.#put(key, ask)
  }

  /** As `get`, but what is known is `stale`: asks anew, unless somebody has meanwhile. */
  renew(key: string, stale: T, ask: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key)
    return entry && entry.answer !== stale ? entry.promise : this.#put(key, ask)
  }

  #put(key: string, ask: () => Promise<T>): Promise<T> {
    const {maxEntries, maxAge, endOf} = this.#options
    const entry: Entry<T> = {goodUntil: Date.now() + maxAge, promise: ask()}
    this.#entries.delete(key) // so that the new entry stands last in the Map's order
    this.#entries.set(key, entry)
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!)
    entry.promise.then(
      answer => {
        entry.answer = answer
        if (endOf) entry.goodUntil = Math.min(entry.goodUntil, endOf(answer))
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry.promise
  }
}
