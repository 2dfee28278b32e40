/** Counts in Redis, so that all processes with the same Redis share the counts. */
import {RateLimiterMemory, RateLimiterRedis, RLWrapperTimeouts} from 'rate-limiter-flexible'
import type {RedisClientType} from 'redis'
import {LimiterCounts, type RateCounts, type RateLimits} from './rate-counts.ts'

/**
 * @param timeoutMs the milliseconds after which a use is counted in the memory of this process if Redis has not
 * responded. Default 250.
 */
export function createRedisRateCounts(
  client: Pick<RedisClientType, 'eval' | 'isReady'>,
  limits: RateLimits,
  timeoutMs = 250,
): RateCounts {
  return new LimiterCounts(limits, options => {
    const limiter = new RateLimiterRedis({
      ...options,
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      inMemoryBlockOnConsumed: options.points + 1, // a flood above the limit sends no commands to Redis
      insuranceLimiter: new RateLimiterMemory(options),
    })
    return new RLWrapperTimeouts({limiter, timeoutMs, keyPrefix: options.keyPrefix})
  })
}
