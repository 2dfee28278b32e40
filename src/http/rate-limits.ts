/** Rejects requests that exceed a limit per minute. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Context} from 'koa'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {
  type BurstUse,
  type RateCounts,
  type RateLimitName,
  type RateUse,
  windowSeconds,
} from '../limits/rate-counts.ts'
import type {BucketUse} from '../limits/token-buckets.ts'

interface Policy {
  /** The name of the limit in the headers `RateLimit` and `RateLimit-Policy`. */
  name: string
  /** The environment variable that sets the limit. */
  setting: string
  /** Returns a sentence that says what happened more often than the limit allows. */
  excess: (limit: number) => string
}

const policies: Record<RateLimitName, Policy> = {
  changesPerUser: {
    name: 'user',
    setting: 'MAX_CHANGES_PER_MINUTE_PER_USER',
    excess: limit => `You have sent more than ${limit} changes within a minute.`,
  },
  changesPerOrganization: {
    name: 'organization',
    setting: 'MAX_CHANGES_PER_MINUTE_PER_ORG',
    excess: limit => `Your organization has sent more than ${limit} changes within a minute.`,
  },
  deliveriesPerOrganization: {
    name: 'deliveries',
    setting: 'MAX_CHANGES_PER_MINUTE_PER_ORG',
    excess: limit => `Your organization has received more than ${limit} deliveries within a minute.`,
  },
  streamOpensPerUser: {
    name: 'stream-opens',
    setting: 'MAX_STREAM_OPENS_PER_MINUTE',
    excess: limit => `You have opened more than ${limit} streams within a minute.`,
  },
  presenceUpdatesPerUser: {
    name: 'presence-updates',
    setting: 'MAX_PRESENCE_UPDATES_PER_MINUTE',
    excess: limit => `You have reported your open tasks more than ${limit} times within a minute.`,
  },
  refusalsPerAddress: {
    name: 'refusals',
    setting: 'MAX_REFUSALS_PER_MINUTE',
    excess: limit => `Your address has sent more than ${limit} refused credentials within a minute.`,
  },
  refusedDeliveriesPerProject: {
    name: 'refused-deliveries',
    setting: 'MAX_REFUSALS_PER_MINUTE',
    excess: limit => `More than ${limit} deliveries with an invalid signature have arrived within a minute.`,
  },
  signInsPerAddress: {
    name: 'sign-ins',
    setting: 'MAX_SIGN_INS_PER_MINUTE',
    excess: limit => `Your address has tried to sign in more than ${limit} times within a minute.`,
  },
}

// A client usually sends its next request after the response. If the server refused a change immediately, a client that
// repeats its requests without a pause would use much CPU time of the server. `npm run bench -- organization-flood`
// sends ten times as many changes as allowed. Without a delay, the p99 response time of another organization is 2.4 times
// as long as without a flood. With a random delay, the p99 is 1.3 times as long. With a fixed delay of 250 ms, the
// p99 is 4.3 times as long, because the next requests arrive together.
const maxRefusalDelayMs = 500

/**
 * Counts a change of the caller, and adds the state of the limits to the response. When the member or the organization
 * exceeds its limit, waits for `pause`, and then throws Problem 'rate-limited'. If the limit of the member rejects a
 * change, this change is not counted for the organization. Therefore, one member cannot use up the limit of the
 * organization. `pause` takes a random time of at most `maxRefusalDelayMs` by default. `further` counts further changes
 * of a request that has been counted, see `RateCounts.count`.
 */
export async function limitChanges(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  caller: Pick<Caller, 'user_id' | 'organization_id'>,
  {further, pause = randomDelay}: {further?: number; pause?: () => Promise<void>} = {},
): Promise<void> {
  const {user_id, organization_id} = caller
  try {
    const ofUser = await requireRate(ctx, rates, 'changesPerUser', user_id, further)
    const ofOrganization = await requireRate(ctx, rates, 'changesPerOrganization', organization_id, further)
    setFields(ctx, rates, {changesPerUser: ofUser, changesPerOrganization: ofOrganization})
  } catch (error) {
    await pause()
    throw error
  }
}

function randomDelay(): Promise<void> {
  return delay(Math.random() * maxRefusalDelayMs)
}

/**
 * Counts one use of the key, or `further` uses, see `RateCounts.count`. Returns undefined when there is no limit. Throws
 * Problem 'rate-limited' when the limit is exceeded.
 */
export async function requireRate(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  name: RateLimitName,
  key: string,
  further?: number,
): Promise<RateUse | undefined> {
  const use = await rates.count(name, key, further)
  if (use?.isExceeded) throw rateLimited(ctx, rates, name, use)
  return use
}

/** Returns Problem 'rate-limited', and adds the state of the limit to the response. */
export function rateLimited(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  name: RateLimitName,
  use: Pick<RateUse, 'resetMs' | 'burst'>,
): Problem {
  setFields(ctx, rates, {[name]: {...use, isExceeded: true, remaining: 0}})
  const {setting, excess} = policies[name]
  const limit = rates.limits[name]
  const retry_after_seconds = secondsOf(use.resetMs)
  const reason = use.burst?.isExceeded ? burstExcess(use.burst, limit) : excess(limit)
  return new Problem('rate-limited', `${reason} Try again in ${retry_after_seconds} s.`, {
    setting,
    limit,
    retry_after_seconds,
  })
}

function burstExcess({limit: size}: BurstUse, limit: number): string {
  return `The changes arrive too fast: at most ${size} at once, and ${limit} within a minute.`
}

/**
 * [spec] draft-ietf-httpapi-ratelimit-headers-10: `q` is the limit, and `w` is the length of the window. `r` is the
 * number of uses that remain, and `t` is the time until the window ends. Times are in seconds. For a limit of bursts,
 * `w` is the time after which the whole burst is available again.
 */
function setFields(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  uses: Partial<Record<RateLimitName, RateUse | undefined>>,
): void {
  const policy: string[] = []
  const state: string[] = []
  const add = (name: string, limit: number, seconds: number, {remaining, resetMs}: BucketUse) => {
    policy.push(`"${name}";q=${limit};w=${seconds}`)
    state.push(`"${name}";r=${remaining};t=${secondsOf(resetMs)}`)
  }
  for (const [limitName, use] of Object.entries(uses) as [RateLimitName, RateUse | undefined][]) {
    if (!use) continue
    const {name} = policies[limitName]
    const {burst} = use
    const perMinute = rates.limits[limitName]
    // If a use exceeds the limit of bursts, the use is not counted in the limit per minute. Therefore, the state of the
    // limit per minute is unknown.
    if (!burst?.isExceeded) add(name, perMinute, windowSeconds, use)
    if (burst) add(`${name}-burst`, burst.limit, Math.ceil((burst.limit * windowSeconds) / perMinute), burst)
  }
  if (policy.length === 0) return
  ctx.set('RateLimit-Policy', policy.join(', '))
  ctx.set('RateLimit', state.join(', '))
}

/** Rounds up, because a retry must not be too early. */
function secondsOf(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000))
}
