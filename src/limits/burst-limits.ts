/** Limits bursts of changes, so that nobody can use up the limit of a whole minute within a second. */
import {
  type FurtherUses,
  type RateCounts,
  type RateLimitName,
  type RateLimits,
  type RateUse,
  windowSeconds,
} from './rate-counts.ts'
import {TokenBuckets} from './token-buckets.ts'

/**
 * The size of a burst, in seconds. A burst may contain as many changes as the limit allows in this number of seconds on
 * average. The limit of an organization is higher than the limit of a user, so the burst of an organization is shorter.
 */
const burstSeconds: Partial<Record<RateLimitName, number>> = {changesPerUser: 10, changesPerOrganization: 6}

const minBurst = 60 // a person can change several selected tasks at once, even if the limit is low

/** Counts each use with `counts`, and also limits bursts. Bursts are counted in the memory of this process. */
export class BurstLimits implements RateCounts {
  readonly limits: RateLimits
  readonly #counts: RateCounts
  readonly #buckets = new Map<RateLimitName, TokenBuckets>()

  constructor(counts: RateCounts, monotonicNow?: () => number) {
    this.limits = counts.limits
    this.#counts = counts
    for (const [name, seconds] of Object.entries(burstSeconds) as [RateLimitName, number][]) {
      const perSecond = this.limits[name] / windowSeconds
      const size = Math.max(minBurst, Math.ceil(seconds * perSecond))
      // If a burst may contain all changes of a minute, the limit per minute is sufficient.
      if (size >= this.limits[name]) continue
      this.#buckets.set(name, new TokenBuckets({size, perSecond, ...(monotonicNow && {monotonicNow})}))
    }
  }

  /** A use that exceeds the limit of bursts is not counted for the limit per minute. */
  count(name: RateLimitName, key: string, further?: FurtherUses): Promise<RateUse> | undefined {
    const buckets = this.#buckets.get(name)
    if (!buckets || further !== undefined) return this.#counts.count(name, key, further)
    // The bucket is checked before the limit per minute. Otherwise, a client that sends too much would have a full
    // bucket when a new minute begins.
    const use = buckets.take(key)
    const burst = {...use, limit: buckets.size}
    if (use.isExceeded) return Promise.resolve({...use, burst})
    return this.#counts.count(name, key)?.then(counted => ({...counted, burst}))
  }
}
