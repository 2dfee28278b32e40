/** Opens the counts of the rate limits. The settings decide where the counts are. */
import type {Logger} from 'pino'
import {connectRedis, createRedisClient} from '../bus/redis-client.ts'
import type {Config} from '../config.ts'
import {BurstLimits} from '../limits/burst-limits.ts'
import {LimiterCounts, type RateCounts} from '../limits/rate-counts.ts'
import {RedisRateCounts} from '../limits/redis-rate-counts.ts'

const reportIntervalMs = 60_000 // the minimum time between two reports of a failure

export interface OpenRateCounts {
  rates: RateCounts
  close(): void
}

/**
 * When REDIS_URL is set, the counts are in Redis. Otherwise, the counts are in `shared`. By default, `shared` counts
 * only the requests of this process. Bursts are never counted in Redis. When REDIS_URL is set, each process therefore
 * limits bursts separately.
 */
export async function openRateCounts(
  {redisUrl, rateLimits}: Config,
  log: Logger,
  shared: RateCounts = new BurstLimits(new LimiterCounts(rateLimits)),
): Promise<OpenRateCounts> {
  const isUsed = Object.values(rateLimits).some(limit => limit > 0)
  if (!redisUrl || !isUsed) return {rates: shared, close() {}}
  const client = await createRedisClient(redisUrl)
  let reportedAt = Number.NEGATIVE_INFINITY
  const onFailed = (err: Error) => {
    if (performance.now() - reportedAt < reportIntervalMs) return
    reportedAt = performance.now()
    log.warn({err}, 'the rate limits cannot count in Redis; each process counts alone')
  }
  const close = connectRedis(client, onFailed)
  return {rates: new BurstLimits(new RedisRateCounts(client, rateLimits, {onFailed})), close}
}
