/** Calls of the REST API with the caller's credentials. */
import {Problem} from '../board/problem.ts'

export interface ApiOptions {
  /** Where the server is: 'https://board.example'. Default: where the page came from. */
  url?: string | undefined
  /**
   * Gives the token (JWT) for each connection and request. `refused` says that the last one was: then a cached one
   * will not do. Absent or answering nothing: the browser's cookies are the credentials.
   */
  getToken?: ((hint: {refused: boolean}) => Token | Promise<Token>) | undefined
  /** As fetch has it, for cookies: default `same-origin`; `include` for a server of another origin. */
  credentials?: RequestCredentials | undefined
  /** Sent with every request, as in `{'x-api-key': key}`. With headers, streams go over fetch. */
  headers?: Record<string, string> | undefined
}

export type Token = string | null | undefined

/** Who the caller is to the server. */
export interface Me {
  user_id: string
  organization_id: string
  role: 'viewer' | 'member' | 'admin'
  name: string
}

const patience = 20_000 // milliseconds for an answer, before it counts as none

export class Api {
  readonly options: ApiOptions
  #me: Promise<Me> | undefined

  constructor(options: ApiOptions) {
    this.options = options
  }

  /** The whole address of what is below `/api/v1`. */
  address(path: string): string {
    return `${(this.options.url ?? '').replace(/\/$/, '')}/api/v1${path}`
  }

  async token(refused = false): Promise<Token> {
    return this.options.getToken?.({refused})
  }

  /**
   * The parsed answer. Asks once for another token when the first is refused. Throws a Problem as the server sent it,
   * with its `status` in the data, or fetch's TypeError when there is no answer.
   */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response = await this.#fetch(method, path, body)
    if (response.status === 401 && this.options.getToken) {
      response = await this.#fetch(method, path, body, true)
    }
    return read(response)
  }

  /** Asked once, kept when answered. */
  me(): Promise<Me> {
    this.#me ??= this.call<Me>('GET', '/me').catch(error => {
      this.#me = undefined
      throw error
    })
    return this.#me
  }

  /** Headers and cookies for a request with this token. */
  init(token: Token): {headers: Record<string, string>; credentials: RequestCredentials} {
    const {headers, credentials = 'same-origin'} = this.options
    return {headers: {...headers, ...(token && {authorization: `Bearer ${token}`})}, credentials}
  }

  async #fetch(method: string, path: string, body?: unknown, isRefused?: boolean): Promise<Response> {
    const {headers, credentials} = this.init(await this.token(isRefused))
    const init: RequestInit = {method, credentials, headers, signal: AbortSignal.timeout(patience)}
    if (body !== undefined) {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    return fetch(this.address(path), init)
  }
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw await problemOf(response)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** What a refusal says, or, when it is not the server's own (a proxy's page), its status alone. */
export async function problemOf(response: Response): Promise<Problem> {
  const {status} = response
  const {
    code = 'internal-error',
    detail = `Status ${status}`,
    ...data
  } = await response.json().catch(() => ({}))
  return new Problem(code, detail, {...data, status})
}

/** Whether the credentials were refused, not the act. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.data.status === 401
}
