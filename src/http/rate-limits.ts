/** Rejects requests that exceed a limit per minute. */
import {setTimeout as delay} from 'node:timers/promises'
import type {Context} from 'koa'
import type {Caller} from '../board/member.ts'
import {Problem} from '../board/problem.ts'
import {
  type BurstUse,
  type FurtherUses,
  type RateCounts,
  type RateLimitName,
  type RateUse,
  windowSeconds,
} from '../limits/rate-counts.ts'
import type {BucketUse} from '../limits/token-buckets.ts'
import type {LogRecord} from '../store/event-log.ts'

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
 * organization. `pause` takes a random time of at most `maxRefusalDelayMs` by default.
 *
 * `further` is the number of further changes of a request that has been counted. Changes that a limit rejects do not count
 * for this limit. Throws Problem 'invalid-request' when the limits never permit so many changes.
 */
export async function limitChanges(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  caller: Pick<Caller, 'user_id' | 'organization_id'>,
  {further, pause = randomDelay}: {further?: number; pause?: () => Promise<void>} = {},
): Promise<void> {
  const {user_id, organization_id} = caller
  if (further !== undefined) requirePossible(rates, further + 1)
  const uses = further === undefined ? undefined : {number: further, areDone: false}
  try {
    const ofUser = await requireRate(ctx, rates, 'changesPerUser', user_id, uses)
    const ofOrganization = await requireRate(ctx, rates, 'changesPerOrganization', organization_id, uses)
    setFields(ctx, rates, {changesPerUser: ofUser, changesPerOrganization: ofOrganization})
  } catch (error) {
    await pause()
    throw error
  }
}

function requirePossible({limits}: RateCounts, changes: number): void {
  for (const name of ['changesPerUser', 'changesPerOrganization'] as const) {
    const limit = limits[name]
    if (limit === 0 || changes <= limit) continue
    const detail = `The request changes ${changes} tasks. Send at most ${limit}, because ${policies[name].setting} is ${limit}.`
    throw new Problem('invalid-request', detail)
  }
}

/**
 * Counts the tasks of a committed change except one, because the change itself was counted before. Only the commit shows how
 * many tasks a story or a sprint has. Counts at most half of the lower limit, so that the member and the organization can
 * continue after a large sprint was closed. A task that only makes room in the order does not count. Never throws. Updates
 * the state of the limits in the response.
 */
export async function countTasks(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  {user_id, organization_id}: Pick<Caller, 'user_id' | 'organization_id'>,
  records: readonly Pick<LogRecord, 'type' | 'task_id'>[],
): Promise<void> {
  const {changesPerUser, changesPerOrganization} = rates.limits
  const changed = records.filter(({type, task_id}) => task_id !== null && type !== 'task.ranked')
  const tasks = new Set(changed.map(({task_id}) => task_id)).size
  const limit = Math.min(changesPerUser || Infinity, changesPerOrganization || Infinity)
  const number = Math.min(tasks - 1, Math.floor(limit / 2))
  if (number <= 0) return
  const uses = {number, areDone: true}
  const [ofUser, ofOrganization] = await Promise.all([
    rates.count('changesPerUser', user_id, uses),
    rates.count('changesPerOrganization', organization_id, uses),
  ])
  setFields(ctx, rates, {changesPerUser: ofUser, changesPerOrganization: ofOrganization})
}

function randomDelay(): Promise<void> {
  return delay(Math.random() * maxRefusalDelayMs)
}

/**
 * Counts one use of the key, or the `further` uses, see `RateCounts.count`. Returns undefined when there is no limit. Throws
 * Problem 'rate-limited' when the limit is exceeded.
 */
export async function requireRate(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  name: RateLimitName,
  key: string,
  further?: FurtherUses,
): Promise<RateUse | undefined> {
  const use = await rates.count(name, key, further)
  if (use?.isExceeded) throw rateLimited(ctx, rates, name, use, further)
  return use
}

/** Returns Problem 'rate-limited', and adds the state of the limit to the response. */
export function rateLimited(
  ctx: Pick<Context, 'set'>,
  rates: RateCounts,
  name: RateLimitName,
  use: Pick<RateUse, 'resetMs' | 'burst'> & Partial<Pick<RateUse, 'remaining'>>,
  further?: FurtherUses,
): Problem {
  const {remaining = 0} = use
  setFields(ctx, rates, {[name]: {...use, isExceeded: true, remaining}})
  const {setting, excess} = policies[name]
  const limit = rates.limits[name]
  const retry_after_seconds = secondsOf(use.resetMs)
  const reason = use.burst?.isExceeded
    ? burstExcess(use.burst, limit)
    : further
      ? `The request changes ${further.number + 1} tasks, and only ${remaining} of ${limit} changes within a minute remain.`
      : excess(limit)
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
