/**
 * Decides which cached lookups are outdated. A lookup is outdated if the database was restored after the lookup
 * started.
 */
import {LRUCache} from 'lru-cache'

/**
 * The organization of a cached value, and the start of the lookup that found this value. `startedAt` is the number that
 * `startLookup` returned at this start.
 */
export interface Lookup {
  organization_id: string
  startedAt: number
}

interface Observed {
  /** The epoch that was last observed. Undefined when no epoch was observed. */
  epoch: string | undefined
  /** A lookup is outdated when its `startedAt` is less than this number. 0 means that no lookup is outdated. */
  outdatedBefore: number
}

export class Epochs {
  /** This number increases by 1 each time lookups become outdated. */
  #step = 0
  readonly #observed: LRUCache<string, Observed>

  /**
   * `maxEntries` is the maximum number of organizations. When there are more organizations, the least recently used
   * organization is removed.
   */
  constructor(maxEntries: number) {
    this.#observed = new LRUCache({maxSize: maxEntries, sizeCalculation: () => 1})
  }

  /** Returns the value of `startedAt` for a lookup that starts now. */
  startLookup(): number {
    return this.#step
  }

  /**
   * Records the current epoch of the organization's log. If this epoch differs from the last observed epoch, all
   * lookups of the organization that have already started become outdated.
   */
  observe(organizationId: string, epoch: string): void {
    const last = this.#observed.get(organizationId)
    if (last?.epoch === epoch) return
    const outdatedBefore = last?.epoch === undefined ? (last?.outdatedBefore ?? 0) : ++this.#step
    this.#observed.set(organizationId, {epoch, outdatedBefore})
  }

  /** Marks as outdated all lookups of the organization that have already started. */
  outdate(organizationId: string): void {
    const epoch = this.#observed.get(organizationId)?.epoch
    this.#observed.set(organizationId, {epoch, outdatedBefore: ++this.#step})
  }

  isOutdated({organization_id, startedAt}: Lookup): boolean {
    return startedAt < (this.#observed.get(organization_id)?.outdatedBefore ?? 0)
  }
}
