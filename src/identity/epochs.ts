/** Decides which cached lookups are outdated, because the database was restored from a backup after they started. */
import {LRUCache} from 'lru-cache'

/** A cached value, and the step at which its lookup started. */
export interface Lookup {
  organization_id: string
  startedAt: number
}

interface Observed {
  /** Undefined when none was observed. */
  epoch: string | undefined
  /** Lookups that started before this step are outdated; 0 when none is. */
  outdatedBefore: number
}

export class Epochs {
  /** Orders the starts of lookups and the moments at which they become outdated. */
  #step = 0
  readonly #observed: LRUCache<string, Observed>

  /** `maxEntries`: the least recently used organizations beyond this number are forgotten. */
  constructor(maxEntries: number) {
    this.#observed = new LRUCache({maxSize: maxEntries, sizeCalculation: () => 1})
  }

  /** Returns the `startedAt` of a lookup that starts now. */
  startLookup(): number {
    return this.#step
  }

  /** All earlier lookups become outdated when the epoch differs from the one that was last observed. */
  observe(organizationId: string, epoch: string): void {
    const last = this.#observed.get(organizationId)
    if (last?.epoch === epoch) return
    const outdatedBefore = last?.epoch === undefined ? (last?.outdatedBefore ?? 0) : ++this.#step
    this.#observed.set(organizationId, {epoch, outdatedBefore})
  }

  /** All earlier lookups in the organization become outdated. */
  outdate(organizationId: string): void {
    const epoch = this.#observed.get(organizationId)?.epoch
    this.#observed.set(organizationId, {epoch, outdatedBefore: ++this.#step})
  }

  isOutdated({organization_id, startedAt}: Lookup): boolean {
    return startedAt < (this.#observed.get(organization_id)?.outdatedBefore ?? 0)
  }
}
