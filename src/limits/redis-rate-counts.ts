/** Counts in Redis, so that all processes with the same Redis share the counts. */
import {LRUCache} from 'lru-cache'
import {RateLimiterRedis} from 'rate-limiter-flexible'
import type {RedisClientType} from 'redis'
import {
  type FurtherUses,
  LimiterCounts,
  type LimiterOptions,
  type RateCounts,
  type RateLimitName,
  type RateLimits,
  type RateUse,
} from './rate-counts.ts'

const maxExceeded = 10_000
const rememberMs = 1_000

export interface RedisRateCountsOptions {
  /**
   * If Redis has not responded after this number of milliseconds, the use is counted in the memory of this process.
   * Default 100. This delay and `pollIntervalMs` in `live/limits.ts` together must be shorter than 2 seconds, because a
   * change of access must take effect within 2 seconds, even if the change waits for Redis.
   */
  timeoutMs?: number
  /** Called for each use that is counted in the memory of this process. `error` is the reason. Default: not called. */
  onFailed?: (error: Error) => void
}

export class RedisRateCounts implements RateCounts {
  readonly limits: RateLimits
  readonly #shared: RateCounts
  /** Counts the uses while Redis does not respond. */
  readonly #own: RateCounts
  /**
   * The keys that have exceeded their limit, with the end of their windows on the clock of `performance.now()`. For uses of
   * these keys, no command is sent to Redis. A key is removed after a second, because further uses that the limit rejects
   * exceed the limit only until their number is taken back: another use in between must not lock the key for a minute.
   */
  readonly #exceeded = new LRUCache<string, number>({max: maxExceeded})
  readonly #timeoutMs: number
  readonly #onFailed: (error: Error) => void
  /** True after a command has timed out, until this command has ended. During this time, no use waits for Redis. */
  #isSilent = false

  constructor(
    client: Pick<RedisClientType, 'eval' | 'isReady'>,
    limits: RateLimits,
    {timeoutMs = 100, onFailed = () => {}}: RedisRateCountsOptions = {},
  ) {
    this.limits = limits
    this.#shared = new LimiterCounts(limits, options => createLimiter(client, options))
    this.#own = new LimiterCounts(limits)
    this.#timeoutMs = timeoutMs
    this.#onFailed = onFailed
  }

  count(name: RateLimitName, key: string, further?: FurtherUses): Promise<RateUse> | undefined {
    const id = `${name}:${key}`
    const resetMs = (this.#exceeded.get(id) ?? 0) - performance.now()
    if (resetMs > 0) return Promise.resolve({isExceeded: true, remaining: 0, resetMs})
    /** Counts the use in the memory of this process. */
    const countAlone = (error: Error) => {
      const use = this.#own.count(name, key, further)
      if (use) this.#onFailed(error)
      return use
    }
    if (this.#isSilent) return countAlone(this.#timeoutError())
    const use = this.#shared.count(name, key, further)
    // The limit may still permit fewer uses than it has rejected.
    return use && this.#countOnce(use, further ? undefined : id, countAlone)
  }

  async #countOnce(
    shared: Promise<RateUse>,
    id: string | undefined,
    countAlone: (error: Error) => Promise<RateUse> | undefined,
  ): Promise<RateUse> {
    try {
      const use = await this.#inTime(shared)
      if (use.isExceeded && id)
        this.#exceeded.set(id, performance.now() + use.resetMs, {ttl: Math.min(use.resetMs, rememberMs)})
      return use
    } catch (error) {
      return countAlone(error as Error)!
    }
  }

  #inTime(use: Promise<RateUse>): Promise<RateUse> {
    return new Promise((resolve, reject) => {
      let hasTimedOut = false
      const timer = setTimeout(() => {
        hasTimedOut = true
        this.#isSilent = true
        reject(this.#timeoutError())
      }, this.#timeoutMs)
      use.then(resolve, reject).finally(() => {
        clearTimeout(timer)
        if (hasTimedOut) this.#isSilent = false
      })
    })
  }

  #timeoutError(): Error {
    return new Error(`Redis has not responded within ${this.#timeoutMs} ms`)
  }
}

/** Creates a limiter that sends one EVAL for each use. */
export function createLimiter(
  client: Pick<RedisClientType, 'eval' | 'isReady'>,
  options: LimiterOptions,
): RateLimiterRedis {
  return new RateLimiterRedis({
    ...options,
    storeClient: client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
  })
}
