/** Opens the counts of the rate limits that the settings select. */
import type {Logger} from 'pino'
import {connectRedis, createRedisClient} from '../bus/redis-client.ts'
import type {Config} from '../config.ts'
import {LimiterCounts, type RateCounts} from '../limits/rate-counts.ts'
import {createRedisRateCounts} from '../limits/redis-rate-counts.ts'

export interface OpenRateCounts {
  rates: RateCounts
  close(): void
}

/** Without REDIS_URL, the counts are in this process, or in `shared` when other processes share them. */
export function openRateCounts(
  {redisUrl, rateLimits}: Config,
  log: Logger,
  shared: RateCounts = new LimiterCounts(rateLimits),
): OpenRateCounts {
  const isUsed = Object.values(rateLimits).some(limit => limit > 0)
  if (!redisUrl || !isUsed) return {rates: shared, close() {}}
  const client = createRedisClient(redisUrl)
  const close = connectRedis(client, err =>
    log.warn({err}, 'the rate limits have no connection to Redis; each process counts alone'),
  )
  return {rates: createRedisRateCounts(client, rateLimits), close}
}
