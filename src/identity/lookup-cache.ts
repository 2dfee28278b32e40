/** A cache of asynchronous lookups. Concurrent lookups of the same key share one call of `load`. Values can expire. */
import {LRUCache} from 'lru-cache'

export interface LookupCacheOptions<T> {
  /** The maximum number of entries. When there are more entries, the least recently used entry is removed. */
  maxEntries: number
  /** A value is valid for this number of milliseconds after the start of its lookup. Default: no limit. */
  maxAgeMs?: number
  /**
   * Returns the milliseconds for which a new value is valid. If `maxAgeMs` is shorter, `maxAgeMs` applies. Default:
   * no limit.
   */
  validForMs?: (value: T) => number
  /**
   * Returns whether a lookup failed only because the database was unavailable. After such a failure, a cached value
   * remains in the cache. After every other error, the cached value is removed.
   */
  isUnavailable: (error: unknown) => boolean
  /** A clock that never goes back, in milliseconds. If the clock went back, entries would be valid for too long. */
  monotonicNow: () => number
}

export interface LookupCache<T> {
  /**
   * Returns the cached value. If there is no cached value, calls `load` and returns the loaded value. When `load`
   * fails, all waiting calls are rejected and no value is cached.
   */
  get(key: string, load: () => Promise<T>): Promise<T>
  /** Like `get`. But if the cached value is the object `stale`, calls `load` and replaces the cached value. */
  renew(key: string, stale: T, load: () => Promise<T>): Promise<T>
}

// lru-cache needs 0.26 µs per hit and 102 bytes per entry. A Map of promises would need 0.25 µs per hit and 178 bytes
// per entry. With the option `max`, each new cache would allocate 5 MB immediately. With `maxSize` and entries of size
// 1, the cache grows when needed.
export function createLookupCache<T extends object>(options: LookupCacheOptions<T>): LookupCache<T> {
  const {maxEntries, maxAgeMs = Number.POSITIVE_INFINITY, validForMs, isUnavailable, monotonicNow} = options
  const cache = new LRUCache<string, T, () => Promise<T>>({
    maxSize: maxEntries,
    sizeCalculation: () => 1,
    ttl: longestTtlMs,
    ttlResolution: 0, // read the clock at each use; by default, lru-cache reads the clock at most once per millisecond
    perf: {now: monotonicNow},
    noDeleteOnFetchRejection: true,
    ignoreFetchAbort: true, // a lookup returns its value even if its entry is removed while the lookup runs
    async fetchMethod(_key, _stale, {context: load, options: entry}) {
      const startedAt = monotonicNow()
      const value = await load()
      const ageLeft = maxAgeMs - (monotonicNow() - startedAt)
      const ttl = Math.min(ageLeft, validForMs?.(value) ?? ageLeft, longestTtlMs)
      entry.ttl = ttl > 0 ? ttl : expiredTtlMs
      return value
    },
  })
  const fetch = async (key: string, load: () => Promise<T>, forceRefresh: boolean) =>
    (await cache.fetch(key, {context: load, forceRefresh}))!
  return {
    get: async (key, load) => cache.get(key) ?? fetch(key, load, false),
    // While a refresh is running, `peek` still returns the stale value, and `fetch` waits for the running refresh. So
    // concurrent calls of `renew` share one refresh.
    async renew(key, stale, load) {
      try {
        return await fetch(key, load, cache.peek(key) === stale)
      } catch (error) {
        if (!isUnavailable(error) && cache.peek(key) === stale) cache.delete(key)
        throw error
      }
    },
  }
}

const longestTtlMs = 2 ** 52 // about 140,000 years, which means no limit
const expiredTtlMs = -1 // a negative number, because an entry with the `ttl` 0 never expires
