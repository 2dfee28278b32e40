/** Limits how many refused credentials an address may send. */
import type {Context} from 'koa'
import {LRUCache} from 'lru-cache'
import {Problem, type ProblemCode} from '../board/problem.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {limitedAddress} from './client-address.ts'
import {rateLimited} from './rate-limits.ts'

const refusals: readonly ProblemCode[] = ['invalid-token', 'invalid-api-key', 'invalid-signature']
const maxAddresses = 10_000 // the maximum number of addresses that are rejected at the same time

export class RefusalLimit {
  readonly #rates: RateCounts
  /** The addresses that have exceeded the limit, until their window ends. */
  readonly #exceeded = new LRUCache<string, true>({max: maxAddresses})

  constructor(rates: RateCounts) {
    this.#rates = rates
  }

  /**
   * Runs `verify`, and counts the address when `verify` refuses the credentials of the request. Throws Problem
   * 'rate-limited' without running `verify` when the address has exceeded the limit.
   */
  async watch<T>(ctx: Context, verify: () => Promise<T>): Promise<T> {
    this.requireAllowed(ctx)
    try {
      return await verify()
    } catch (error) {
      if (isRefusal(error)) await this.#count(ctx)
      throw error
    }
  }

  /** Throws Problem 'rate-limited' when the address of the client has exceeded the limit. */
  requireAllowed(ctx: Context): void {
    if (this.#exceeded.size === 0) return
    const address = limitedAddress(ctx)
    const resetMs = address === undefined ? 0 : this.#exceeded.getRemainingTTL(address)
    if (resetMs > 0) throw rateLimited(ctx, this.#rates, 'refusalsPerAddress', resetMs)
  }

  async #count(ctx: Context): Promise<void> {
    const address = limitedAddress(ctx)
    if (address === undefined) return
    const use = await this.#rates.count('refusalsPerAddress', address)
    // The address is rejected from the refusal that uses up the limit, because one more refusal would exceed the limit.
    if (use?.remaining === 0) this.#exceeded.set(address, true, {ttl: use.resetMs})
  }
}

/**
 * An expired token is not counted. When the tokens of a whole office expire during the night, its members must be able
 * to sign in again in the morning.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && refusals.includes(error.code) && error.data.reason !== 'expired'
}
