/** Counts durations in buckets, as plain numbers. A scrape of the metrics reads the numbers. */

/** The numbers of a histogram at one moment. */
export interface DurationCounts {
  /** The upper bound of each bucket in seconds, ascending. */
  bounds: readonly number[]
  /** For each bound, the number of durations up to the bound. */
  cumulative: number[]
  /** The number of all durations, including those above the last bound. */
  count: number
  /** The sum of all durations in seconds. */
  sum: number
}

export class Durations {
  readonly #bounds: readonly number[]
  /** The number of durations in each bucket. The last bucket has the durations above the last bound. */
  readonly #counts: number[]
  #sum = 0

  constructor(boundsSeconds: readonly number[]) {
    this.#bounds = boundsSeconds
    this.#counts = new Array(boundsSeconds.length + 1).fill(0)
  }

  add(seconds: number): void {
    // A clock of another machine can be ahead. Its events would have a negative age.
    const duration = Math.max(seconds, 0)
    let bucket = 0
    while (bucket < this.#bounds.length && duration > this.#bounds[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sum += duration
  }

  read(): DurationCounts {
    let count = 0
    const cumulative = this.#counts.map(inBucket => {
      count += inBucket
      return count
    })
    return {bounds: this.#bounds, cumulative: cumulative.slice(0, -1), count, sum: this.#sum}
  }
}

/** Bounds in seconds for the way of an event inside one process. */
export const deliveryBounds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** Bounds in seconds for requests. */
export const requestBounds = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const
