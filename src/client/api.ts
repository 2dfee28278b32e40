/** Calls the REST API with the caller's credentials. */
import {Problem} from '../board/problem.ts'
import type {Me} from './contract.ts'
import {requestTimeoutMs} from './limits.ts'
import type {ApiOptions, Fetch, FetchInit, FetchResponse, Token} from './options.ts'

export class Api {
  readonly options: ApiOptions
  #me: Promise<Me> | undefined

  constructor(options: ApiOptions) {
    this.options = options
  }

  /** Returns the full URL of a path that is relative to `/api/v1`. */
  address(path: string): string {
    return `${(this.options.url ?? '').replace(/\/$/, '')}/api/v1${path}`
  }

  async token(refused = false): Promise<Token> {
    return this.options.getToken?.({refused})
  }

  /**
   * Returns the parsed response. When the server refuses the token, the request is sent once more with a new token.
   * When the response is an error, throws a Problem with the `status` in its `data`. When no response arrives within
   * 20 s, throws the error of `fetch`.
   */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const attempt = async (isRefused?: boolean) => {
      const headers: Record<string, string> = body ? {'content-type': 'application/json'} : {}
      const token = await this.token(isRefused)
      const limit = new AbortController() // React Native has no `AbortSignal.timeout`
      const timer: unknown = setTimeout(() => limit.abort(), requestTimeoutMs)
      // A pending timer must not keep a Node process running. In browsers, a timer is a number.
      ;(timer as {unref?(): void}).unref?.()
      return this.fetch(path, token, headers, {method, body: JSON.stringify(body), signal: limit.signal})
    }
    let response = await attempt()
    if (response.status === 401 && this.options.getToken) response = await attempt(true)
    if (!response.ok) throw await problemOf(response)
    return response.status === 204 ? (undefined as T) : response.json()
  }

  /** Returns the caller. The first successful response is cached. */
  me(): Promise<Me> {
    this.#me ??= this.call<Me>('GET', '/me').catch(error => {
      this.#me = undefined
      throw error
    })
    return this.#me
  }

  /** Returns the response to a GET request. When the response does not have this media type, throws a Problem. */
  async open(path: string, token: Token, accept: string, signal: AbortSignal): Promise<FetchResponse> {
    const response = await this.fetch(path, token, {accept}, {signal})
    if (!response.ok || !response.headers.get('content-type')?.startsWith(accept))
      throw await problemOf(response)
    return response
  }

  /** Sends a request with this token. */
  fetch(
    path: string,
    token: Token,
    headers: Record<string, string>,
    init: {method?: string; body?: string | undefined; signal: AbortSignal},
  ): Promise<FetchResponse> {
    const {headers: shared, credentials} = this.options
    Object.assign(headers, shared, token && {authorization: `Bearer ${token}`})
    const send: Fetch = this.options.fetch ?? fetch
    return send(this.address(path), {headers, credentials, ...init} as FetchInit)
  }
}

/**
 * Returns the Problem that the response contains. When the response is not a problem of the server, the Problem has the
 * code `unexpected-response`, and contains only the status.
 */
async function problemOf(response: FetchResponse): Promise<Problem> {
  const {status} = response
  const {
    code = 'unexpected-response',
    detail = `Status ${status}`,
    ...data
  } = {...(!response.ok && (await response.json().catch(() => {})))} // the body of a stream may never end
  return new Problem(code, detail, {...data, status})
}
