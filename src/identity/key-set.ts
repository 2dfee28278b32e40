/** The key set (JWKS) of an issuer. When the issuer cannot be reached, the last key set stays in use for hours. */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import {Problem} from '../board/problem.ts'

export interface KeySetOptions {
  /** The URL of the key set. */
  url: string
  /**
   * When a token was signed with an unknown key, the key set is fetched again, but at most once in this number of
   * milliseconds. Default 30,000.
   */
  cooldownMs?: number
  /** Returns the milliseconds since an arbitrary moment. This number must never decrease. Default `performance.now`. */
  monotonicNow?: () => number
  /** Called when a fetch fails. Default: none. */
  onFetchFailed?: (error: Error) => void
}

const refreshMs = 5 * 60_000 // a key set of this age is fetched again for the next token, but no token waits
// When the key set has this age, the next token waits for the fetch. Therefore, a withdrawn key is not accepted, even
// if no token has arrived for hours. When the last fetch has failed, no token waits.
const staleMs = 10 * 60_000
const maxAgeMs = 12 * 60 * 60_000 // after this time without a successful fetch, tokens cannot be verified
const maxBytes = 1024 * 1024
// The minimum time between the first failed fetch and the next fetch. Each further failure doubles this time.
const firstDelayMs = 500
const maxDelayMs = 30_000

/**
 * jose reports one of these codes when the key set contains no key or several keys for the token. All other errors mean
 * that the key set could not be fetched or read.
 */
const tokenErrors = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS']

/**
 * Returns a function that finds the key of a token. When the key set does not identify the key, the function throws a
 * JOSEError. When no usable key set could be fetched, the function throws Problem 'identity-unavailable'.
 */
export function remoteKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const {url, cooldownMs = 30_000, monotonicNow = () => performance.now()} = options
  const fetcher = new KeySetFetcher({...options, monotonicNow})
  const keySet = createRemoteJWKSet(new URL(url), {
    cooldownDuration: cooldownMs,
    cacheMaxAge: Number.POSITIVE_INFINITY, // this module decides when the key set is fetched again
    [customFetch]: fetcher.fetch,
  })
  return async (header, token) => {
    try {
      const ageMs = monotonicNow() - fetcher.fetchedAt
      if (ageMs > maxAgeMs) await keySet.reload()
      else if (ageMs > refreshMs) {
        const reloaded = keySet.reload().catch(() => {}) // the fetcher has reported the error
        if (ageMs > staleMs && !fetcher.hasFailed) await reloaded
      }
      return await keySet(header, token)
    } catch (error) {
      if (error instanceof errors.JOSEError && tokenErrors.includes(error.code)) throw error
      const detail = 'The key set of the token’s issuer could not be fetched. Try again.'
      throw new Problem('identity-unavailable', detail, {}, {cause: error})
    }
  }
}

type FetcherOptions = Pick<KeySetOptions, 'onFetchFailed'> & Required<Pick<KeySetOptions, 'monotonicNow'>>

/** Fetches the key set for jose. After a failed fetch, further fetches fail immediately until a delay has passed. */
class KeySetFetcher {
  readonly #now: () => number
  readonly #onFetchFailed: (error: Error) => void
  #failures = 0
  #lastFailure = new Error('The key set has not been fetched yet')
  #failedAt = Number.NEGATIVE_INFINITY
  /** The time of the last successful fetch. */
  fetchedAt = Number.NEGATIVE_INFINITY

  constructor({monotonicNow, onFetchFailed = () => {}}: FetcherOptions) {
    this.#now = monotonicNow
    this.#onFetchFailed = onFetchFailed
  }

  /** Whether the last fetch failed. */
  get hasFailed(): boolean {
    return this.#failures > 0
  }

  fetch: FetchImplementation = async (url, options) => {
    const delayMs = this.#failures === 0 ? 0 : Math.min(firstDelayMs * 2 ** (this.#failures - 1), maxDelayMs)
    if (this.#now() < this.#failedAt + delayMs) throw this.#lastFailure
    try {
      const text = await readKeySet(await fetch(url, options))
      this.#failures = 0
      this.fetchedAt = this.#now()
      return new Response(text)
    } catch (error) {
      this.#failures++
      this.#failedAt = this.#now()
      this.#lastFailure = error as Error
      this.#onFetchFailed(this.#lastFailure)
      throw error
    }
  }
}

/**
 * Returns the text of the response. Throws an error when the response is too long, is not a key set, or is a key set
 * without keys.
 */
export async function readKeySet(response: Response): Promise<string> {
  if (response.status !== 200)
    throw new Error(`The response to the request for the key set has the status ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`The key set has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  const keySet = JSON.parse(text) as JSONWebKeySet
  createLocalJWKSet(keySet) // throws an error when the form is invalid
  if (keySet.keys.length === 0) throw new Error('The key set contains no keys')
  return text
}
