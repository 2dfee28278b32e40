/** Counts how often something happened within a minute, and decides whether a limit is exceeded. */
import {type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes} from 'rate-limiter-flexible'
import type {BucketUse} from './token-buckets.ts'

/** The maximum numbers per minute. 0 means that there is no limit. */
export interface RateLimits {
  changesPerUser: number
  changesPerOrganization: number
  deliveriesPerOrganization: number
  streamOpensPerUser: number
  presenceUpdatesPerUser: number
  /** The limit of refused credentials of an address. */
  refusalsPerAddress: number
  /** The limit of deliveries with an invalid signature. */
  refusedDeliveriesPerProject: number
  signInsPerAddress: number
}

export type RateLimitName = keyof RateLimits

export const windowSeconds = 60

/** The state of a count after a use. */
export interface RateUse {
  /** Whether the count exceeds the limit. */
  isExceeded: boolean
  /** How many more uses the limit allows until the window ends. */
  remaining: number
  /** Milliseconds until the window ends, at least 1 and at most 60,000. A new window starts with the count 0. */
  resetMs: number
  /** The state of the limit of bursts. Undefined when bursts are not limited. */
  burst?: BurstUse
}

export interface BurstUse extends BucketUse {
  /** The maximum number of uses at once. */
  limit: number
}

/** Uses of a request whose first use was counted before. */
export interface FurtherUses {
  number: number
  /**
   * True if the uses have happened already: they count even if they exceed the limit. False if the limit can reject them:
   * uses that it rejects do not count.
   */
  areDone: boolean
}

export interface RateCounts {
  readonly limits: RateLimits
  /**
   * Counts one use. The first use of a key starts a window of `windowSeconds`. Returns undefined when there is no limit
   * with this name. The promise never rejects: when the shared counts are unavailable, the use is counted in this process.
   *
   * When `further` is given, counts these uses in place of one. The limit of bursts does not apply to them.
   */
  count(name: RateLimitName, key: string, further?: FurtherUses): Promise<RateUse> | undefined
}

export interface LimiterOptions {
  points: number
  duration: number
  keyPrefix: string
}

/**
 * Counts in the limiters that `createLimiter` returns. By default, the limiters count in the memory of this process.
 */
export class LimiterCounts implements RateCounts {
  readonly limits: RateLimits
  readonly #limiters: ReadonlyMap<RateLimitName, RateLimiterAbstract>

  constructor(
    limits: RateLimits,
    createLimiter: (options: LimiterOptions) => RateLimiterAbstract = options =>
      new RateLimiterMemory(options),
  ) {
    this.limits = limits
    const entries = Object.entries(limits) as [RateLimitName, number][]
    this.#limiters = new Map(
      entries
        .filter(([, points]) => points > 0)
        .map(([name, points]) => [
          name,
          createLimiter({points, duration: windowSeconds, keyPrefix: `boardcast:${name}`}),
        ]),
    )
  }

  count(name: RateLimitName, key: string, further?: FurtherUses): Promise<RateUse> | undefined {
    const limiter = this.#limiters.get(name)
    return limiter && consume(limiter, key, further)
  }
}

async function consume(limiter: RateLimiterAbstract, key: string, further?: FurtherUses): Promise<RateUse> {
  const points = further?.number ?? 1
  const use = await limiter.consume(key, points).then(toUse, toExceededUse)
  if (!use.isExceeded || !further || further.areDone) return use
  // The limiter also counts what it rejects.
  return {...use, remaining: (await limiter.reward(key, points)).remainingPoints}
}

function toUse({remainingPoints, msBeforeNext}: RateLimiterRes): RateUse {
  return {isExceeded: false, remaining: remainingPoints, resetMs: resetMsOf(msBeforeNext)}
}

/** When the limit is exceeded, the promise of the limiter rejects. `reason` is then the state of the count. */
function toExceededUse(reason: unknown): RateUse {
  if (!(reason instanceof RateLimiterRes)) throw reason
  return {isExceeded: true, remaining: 0, resetMs: resetMsOf(reason.msBeforeNext)}
}

/** The limiters use the system's time of day. When this time is set back, the window could seem to last for hours. */
function resetMsOf(msBeforeNext: number): number {
  return Math.min(Math.max(msBeforeNext, 1), windowSeconds * 1_000)
}

export const noRateLimits: RateCounts = {
  limits: {
    changesPerUser: 0,
    changesPerOrganization: 0,
    deliveriesPerOrganization: 0,
    streamOpensPerUser: 0,
    presenceUpdatesPerUser: 0,
    refusalsPerAddress: 0,
    refusedDeliveriesPerProject: 0,
    signInsPerAddress: 0,
  },
  count: () => undefined,
}
