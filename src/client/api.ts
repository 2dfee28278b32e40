/** Calls the REST API with the caller's credentials. */
import {Problem} from '../board/problem.ts'
import {requestTimeoutMs} from './limits.ts'

export interface ApiOptions {
  /** The origin of the server, for example 'https://board.example'. Default: the origin of the page. */
  url?: string | undefined
  /**
   * Returns the token (JWT) for a connection or a request. When `refused` is true, the server has refused the previous
   * token, or the previous token ends soon. The function must then return a new token. When the function returns no
   * token, the browser's cookies authenticate the request.
   */
  getToken?: ((hint: {refused: boolean}) => Token | Promise<Token>) | undefined
  /**
   * The `credentials` option of `fetch`. Default `same-origin`. Use `include` to send cookies to a server with
   * another origin.
   */
  credentials?: RequestCredentials | undefined
  /**
   * Headers for every request, for example `{'x-api-key': key}`. With this option, streams use fetch, because
   * EventSource cannot send headers.
   */
  headers?: Record<string, string> | undefined
}

export type Token = string | null | undefined

/** The response of `GET /me`, which describes the caller. */
export interface Me {
  user_id: string
  organization_id: string
  role: 'viewer' | 'member' | 'admin'
  name: string
}

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
    let response = await this.#fetch(method, path, body)
    if (response.status === 401 && this.options.getToken) {
      response = await this.#fetch(method, path, body, true)
    }
    if (!response.ok) throw await problemOf(response)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  /** Returns the caller. The first successful response is cached. */
  me(): Promise<Me> {
    this.#me ??= this.call<Me>('GET', '/me').catch(error => {
      this.#me = undefined
      throw error
    })
    return this.#me
  }

  /** Returns the options of `fetch` for a request with this token: the headers and the credentials. */
  init(token: Token, headers: Record<string, string>): RequestInit {
    Object.assign(headers, this.options.headers, token && {authorization: `Bearer ${token}`})
    return {headers, credentials: this.options.credentials} as RequestInit
  }

  async #fetch(method: string, path: string, body?: unknown, isRefused?: boolean): Promise<Response> {
    const headers: Record<string, string> = body === undefined ? {} : {'content-type': 'application/json'}
    const init = this.init(await this.token(isRefused), headers)
    const signal = AbortSignal.timeout(requestTimeoutMs)
    return fetch(this.address(path), {...init, method, signal, body: JSON.stringify(body)})
  }
}

/**
 * Returns the Problem that the response contains. When the response is not JSON, the Problem contains only the status.
 */
export async function problemOf(response: Response): Promise<Problem> {
  const {status} = response
  const {
    code = 'internal-error',
    detail = `Status ${status}`,
    ...data
  } = await response.json().catch(() => ({}))
  return new Problem(code, detail, {...data, status})
}

/** Returns the status that a stream has after a request has failed with this error. */
export function statusAfter(error: unknown): 'signed-out' | 'connecting' {
  return isSignedOut(error) ? 'signed-out' : 'connecting'
}

/** Returns true when the server has refused the credentials, or when an admin has removed the member. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && (error.data.status === 401 || error.code === 'member-removed')
}
