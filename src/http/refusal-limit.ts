/** Limits how many refused credentials an address may send, and how many refused deliveries a project may receive. */
import type {Context} from 'koa'
import {LRUCache} from 'lru-cache'
import {Problem, type ProblemCode} from '../board/problem.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {rateLimited} from './rate-limits.ts'

const refusals: readonly ProblemCode[] = [
  'invalid-token',
  'invalid-api-key',
  'invalid-session',
  'invalid-ticket',
  'invalid-signature',
]

const maxKeys = 10_000 // the maximum number of keys in `#exceeded`

/** The kinds of credentials. The signature of a webhook delivery belongs to the kind `token`. */
export type CredentialKind = 'token' | 'api-key' | 'ticket' | 'session' | 'metrics-token'

export interface RefusalLimitOptions {
  rates: RateCounts
  name: 'refusalsPerAddress' | 'refusedDeliveriesPerProject'
  /**
   * Returns the key under which the refusals of a request are counted. Undefined when these refusals are not counted.
   */
  keyOf: (ctx: Context) => string | undefined
  /** A clock that never goes back, in milliseconds. Default: `performance.now`. */
  monotonicNow?: () => number
}

export class RefusalLimit {
  readonly #options: RefusalLimitOptions
  /** The keys that have exceeded the limit. A key is removed when the window of the key ends. */
  readonly #exceeded: LRUCache<string, true>

  constructor(options: RefusalLimitOptions) {
    this.#options = options
    const {monotonicNow: now} = options
    this.#exceeded = new LRUCache({max: maxKeys, ttlResolution: 0, ...(now && {perf: {now}})})
  }

  /**
   * Runs `verify`, and counts the request when `verify` refuses the credentials of the request. The argument
   * `isExceeded` of `verify` says whether too many credentials were refused before, for the same address or for the
   * same project. When `isExceeded` is true and `verify` refuses the credentials, throws Problem 'rate-limited'. For a
   * session, throws the error of `verify` instead. Valid credentials are still accepted, because other clients may have
   * the same address. The refusals of each kind of credential are counted separately, so that a viewer can sign in even
   * when the sessions of many pages have ended.
   */
  async watch<T>(
    ctx: Context,
    verify: (isExceeded: boolean) => Promise<T>,
    kind: CredentialKind = 'token',
  ): Promise<T> {
    const resetMs = this.#resetMs(ctx, kind)
    try {
      return await verify(resetMs > 0)
    } catch (error) {
      if (!isRefusal(error)) throw error
      // For a session, the error of `verify` is thrown, because the page must learn that the session has ended.
      if (resetMs > 0 && kind !== 'session') throw this.#rateLimited(ctx, resetMs)
      await this.#count(ctx, kind)
      throw error
    }
  }

  /** Throws Problem 'rate-limited' when the key of the request has exceeded the limit for tokens or signatures. */
  requireAllowed(ctx: Context): void {
    const resetMs = this.#resetMs(ctx, 'token')
    if (resetMs > 0) throw this.#rateLimited(ctx, resetMs)
  }

  /** Returns the milliseconds until the window ends, or 0 when the key has not exceeded the limit. */
  #resetMs(ctx: Context, kind: CredentialKind): number {
    if (this.#exceeded.size === 0) return 0
    const key = this.#keyOf(ctx, kind)
    return key === undefined ? 0 : Math.max(this.#exceeded.getRemainingTTL(key), 0)
  }

  #rateLimited(ctx: Context, resetMs: number): Problem {
    const {rates, name} = this.#options
    return rateLimited(ctx, rates, name, {resetMs})
  }

  #keyOf(ctx: Context, kind: CredentialKind): string | undefined {
    const key = this.#options.keyOf(ctx)
    return key === undefined || kind === 'token' ? key : `${kind} ${key}`
  }

  async #count(ctx: Context, kind: CredentialKind): Promise<void> {
    const {rates, name} = this.#options
    const key = this.#keyOf(ctx, kind)
    if (key === undefined) return
    const use = await rates.count(name, key)
    // When the limit allows no more refusals, the key is added to `#exceeded` now, because the next refusal would
    // exceed the limit.
    if (use?.remaining === 0) this.#exceeded.set(key, true, {ttl: use.resetMs})
  }
}

/**
 * If a credential is refused for one of these reasons, the credential was valid before, so no attacker has guessed the
 * credential.
 */
const uncountedReasons = ['expired', 'ended', 'first-use-too-late', 'api-key-revoked', 'signed-out']

/**
 * Credentials that were valid before are not counted. When the tokens of a whole office expire during the night, the
 * people in the office must be able to sign in again in the morning.
 */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Problem &&
    refusals.includes(error.code) &&
    !uncountedReasons.includes(String(error.data.reason))
  )
}
