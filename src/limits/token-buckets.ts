/**
 * Token buckets: each key has a bucket, and all tokens of the bucket may be used at once. New tokens arrive at a steady
 * rate.
 */
import {LRUCache} from 'lru-cache'

export interface TokenBucketsOptions {
  /** The number of tokens in a full bucket. The bucket of a new key is full. */
  size: number
  /** The number of tokens that a bucket receives per second until it is full. */
  perSecond: number
  /** Returns the time of a clock that never goes back, in milliseconds. Default: `performance.now`. */
  monotonicNow?: () => number
}

/** The state of a bucket after an attempt to take a token. */
export interface BucketUse {
  /** Whether the bucket was empty, so that no token was taken. */
  isExceeded: boolean
  /** The number of whole tokens in the bucket. */
  remaining: number
  /**
   * If the bucket was empty, the milliseconds until the next token arrives. Otherwise, the milliseconds until the
   * bucket is full.
   */
  resetMs: number
}

// When there are more keys than this number, the least recently used key is forgotten. The next bucket of this key is
// therefore full.
const maxKeys = 100_000

export class TokenBuckets {
  readonly size: number
  readonly #msPerToken: number
  readonly #now: () => number
  /** For each key, the time at which its bucket is full. */
  readonly #fullAt = new LRUCache<string, number>({maxSize: maxKeys, sizeCalculation: () => 1})

  constructor({size, perSecond, monotonicNow = () => performance.now()}: TokenBucketsOptions) {
    this.size = size
    this.#msPerToken = 1_000 / perSecond
    this.#now = monotonicNow
  }

  take(key: string): BucketUse {
    const now = this.#now()
    const missingMs = Math.max(0, (this.#fullAt.get(key) ?? 0) - now)
    const filledMs = this.size * this.#msPerToken - missingMs
    if (filledMs < this.#msPerToken) {
      return {isExceeded: true, remaining: 0, resetMs: this.#msPerToken - filledMs}
    }
    const resetMs = missingMs + this.#msPerToken
    this.#fullAt.set(key, now + resetMs)
    return {isExceeded: false, remaining: Math.floor(filledMs / this.#msPerToken) - 1, resetMs}
  }
}
