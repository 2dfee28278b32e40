/** Decides which cached lookups are outdated, and which cached lookups must be repeated. */
import {LRUCache} from 'lru-cache'

/** The start of a lookup. */
export interface LookupStart {
  /** The number of the step in which the lookup started; see `Freshness`. */
  readonly step: number
  /** The time of the monotonic clock. */
  readonly at: number
}

/** A cached value, and the facts that decide whether the value is outdated. */
export interface Lookup {
  readonly organization_id: string
  /** The ids of the member and of the credential. `AccessChange.ids` can contain these ids. */
  readonly ids: readonly string[]
  start: LookupStart
}

interface Observed {
  /** The epoch that was last observed. Undefined when no epoch was observed. */
  epoch: string | undefined
  /** A lookup is outdated when its step is less than this number. 0 means that no lookup is outdated. */
  outdatedBefore: number
}

export interface FreshnessOptions {
  /** `Freshness` remembers at most this number of organizations, and at most this number of ids. */
  maxEntries: number
  /**
   * If the process may have missed a change of access, a lookup is repeated when the lookup started more than this
   * number of milliseconds ago.
   */
  maxAgeMs: number
  monotonicNow: () => number
  /**
   * Returns a time of the monotonic clock. From this time until now, the process has received every change of access of
   * the organization. Returns undefined when the process may have missed a change.
   */
  followedSince: (organizationId: string) => number | undefined
}

export class Freshness {
  readonly #options: FreshnessOptions
  /** This number increases by 1 each time lookups become outdated. */
  #step = 0
  /** Lookups of every organization are outdated when their step is less than this number. */
  #allOutdatedBefore = 0
  readonly #observed: LRUCache<string, Observed>
  /**
   * The keys are ids whose access has changed. A lookup with such an id is outdated when its step is less than the
   * value of this id.
   */
  readonly #changed = new Map<string, number>()

  constructor(options: FreshnessOptions) {
    this.#options = options
    this.#observed = new LRUCache({maxSize: options.maxEntries, sizeCalculation: () => 1})
  }

  startLookup(): LookupStart {
    return {step: this.#step, at: this.#options.monotonicNow()}
  }

  /**
   * Records the current epoch of the organization's log. If this epoch differs from the last observed epoch, the
   * database was restored. Then all lookups that have already started for the organization become outdated.
   */
  observe(organizationId: string, epoch: string): void {
    const last = this.#observed.get(organizationId)
    if (last?.epoch === epoch) return
    const outdatedBefore = last?.epoch === undefined ? (last?.outdatedBefore ?? 0) : ++this.#step
    this.#observed.set(organizationId, {epoch, outdatedBefore})
  }

  /** All lookups that have already started for the organization become outdated. */
  outdate(organizationId: string): void {
    const epoch = this.#observed.get(organizationId)?.epoch
    this.#observed.set(organizationId, {epoch, outdatedBefore: ++this.#step})
  }

  /** All lookups that have already started and contain one of the ids become outdated. */
  outdateIds(ids: readonly string[]): void {
    const outdatedBefore = ++this.#step
    if (this.#changed.size + ids.length > this.#options.maxEntries) {
      this.#changed.clear()
      this.#allOutdatedBefore = outdatedBefore
    }
    for (const id of ids) this.#changed.set(id, outdatedBefore)
  }

  /** Returns whether the lookup is outdated. An outdated lookup must not be used. */
  isOutdated({organization_id, ids, start}: Lookup): boolean {
    return (
      start.step < this.#allOutdatedBefore ||
      start.step < (this.#observed.get(organization_id)?.outdatedBefore ?? 0) ||
      (this.#changed.size > 0 && ids.some(id => start.step < (this.#changed.get(id) ?? 0)))
    )
  }

  /** Postpones the next repetition of the lookup, because the lookup cannot be repeated now. */
  postpone(lookup: Lookup): void {
    lookup.start = {step: lookup.start.step, at: this.#options.monotonicNow()}
  }

  /**
   * Returns true when the lookup is old and the process may have missed a change of access. The lookup must then be
   * repeated.
   */
  isDue({organization_id, start}: Lookup): boolean {
    const {maxAgeMs, monotonicNow, followedSince} = this.#options
    if (monotonicNow() - start.at <= maxAgeMs) return false
    const since = followedSince(organization_id)
    return since === undefined || start.at < since
  }
}
