/** The exports of `@boardcast/client/api`: a typed client for every operation of the API. */
import {Problem} from '../board/problem.ts'
import {Api} from './api.ts'
import type {Operations, ProblemCode} from './contract.ts'
import type {ApiOptions, Fetch, FetchResponse, FileContent, Signal} from './options.ts'

export {Problem} from '../board/problem.ts'
export type * from './contract.ts'
export {isUpTo} from './cursor.ts'
export {keepTrying, type Trying} from './keep-trying.ts'
export type {ApiOptions, Fetch, FetchInit, FetchResponse, FileContent, Signal, Token} from './options.ts'
export {isSignedOut} from './signed-out.ts'

/** The name of an operation: its method and its path, for example `GET /tasks/{id}`. */
export type OperationName = keyof Operations

/** The names of the operations that return a list in pages. */
export type ListName = {
  [Name in OperationName]: Operations[Name]['response'] extends {next: string | null} ? Name : never
}[OperationName]

/** What a request of this operation contains. */
export type RequestOf<Name extends OperationName> = Given<Operations[Name], 'params'> &
  Partial<Given<Operations[Name], 'query'>> &
  Given<Operations[Name], 'body'> &
  (Operations[Name] extends {optionalBody: infer Body} ? {body?: Body | undefined} : unknown) &
  (Operations[Name] extends {file: infer Type} ? {file: FileOf<Type>} : unknown) &
  (Operations[Name] extends {ifMatch: true} ? {ifMatch?: Version} : unknown) &
  (Operations[Name] extends {idempotencyKey: true} ? {idempotencyKey?: string | undefined} : unknown) & {
    /** An `AbortSignal` that ends the request. */
    signal?: Signal | undefined
  }

type Given<Operation, Field extends string> = Operation extends {[Name in Field]: infer Value}
  ? {[Name in Field]: Value}
  : unknown

/** A file with its media type. It is sent as it is. The time limit of 20 s does not apply. */
interface FileOf<Type> {
  type: Type
  content: FileContent
}

/**
 * The version that the resource must have: its `version`, or its ETag. When the resource has another version, the
 * request is rejected with 412 `version-mismatch`.
 */
type Version = number | string | undefined

export type BodyOf<Name extends OperationName> = Operations[Name]['response']

/** The type of the items of a list. */
export type ItemOf<Name extends ListName> = Operations[Name]['response'] extends {items: (infer Item)[]}
  ? Item
  : never

/** The codes of the problems with which the server can reject a request of this operation. */
export type ProblemCodeOf<Name extends OperationName> = Operations[Name]['problems']

export interface Answer<Name extends OperationName> {
  body: BodyOf<Name>
  /**
   * The position in the event log. After a change, a stream that has reached this cursor has delivered the change. After
   * a read, a stream that starts at this cursor delivers every event that the body does not include.
   */
  eventId: Operations[Name] extends {eventId: true} ? string : undefined
  /** The ETag of the resource in the body, or undefined when the body has no version. */
  etag: string | undefined
}

/** The second argument can be omitted when the operation needs no parameters and no body. */
type Arguments<Request> = Record<never, never> extends Request ? [request?: Request] : [request: Request]

export interface ApiClient {
  /**
   * Sends a request, and returns the body of the response. When the server refuses the token, the request is sent once
   * more with a new token. When the response is an error, throws a Problem. When no response arrives within 20 s, throws
   * the error of `fetch`. A request with a `file` has no time limit, because an import can take minutes.
   */
  call<Name extends OperationName>(name: Name, ...request: Arguments<RequestOf<Name>>): Promise<BodyOf<Name>>
  /** Sends a request like `call`, and also returns the `Event-Id` and the ETag of the response. */
  request<Name extends OperationName>(
    name: Name,
    ...request: Arguments<RequestOf<Name>>
  ): Promise<Answer<Name>>
  /** Requests all pages of a list, and returns the items of all pages. */
  all<Name extends ListName>(name: Name, ...request: Arguments<RequestOf<Name>>): Promise<ItemOf<Name>[]>
}

/** A request of any operation. */
interface AnyRequest {
  params?: Record<string, string>
  query?: Record<string, unknown> & {after?: string}
  body?: unknown
  file?: FileOf<string>
  ifMatch?: Version
  idempotencyKey?: string | undefined
  signal?: AbortSignal | undefined
}

const mostItems = 200 // the maximum number of items on a page

export function createApi(options: ApiOptions = {}): ApiClient {
  const client = {
    async call(name: string, request?: AnyRequest) {
      return (await send(options, name, request)).body
    },
    request: (name: string, request?: AnyRequest) => send(options, name, request),
    async all(name: string, request: AnyRequest = {}) {
      const items: unknown[] = []
      const query = {limit: mostItems, ...request.query}
      for (;;) {
        const page = (await send(options, name, {...request, query})).body as {
          items: unknown[]
          next: string | null
        }
        items.push(...page.items)
        if (!page.next) return items
        query.after = page.next
      }
    },
  }
  return client as ApiClient
}

/**
 * Returns whether the error is a Problem with this code. The code `unexpected-response` exists only in the client: the
 * response was not a problem of the server, for example because a proxy has sent an HTML page.
 */
export function isProblem<Code extends ProblemCode | 'unexpected-response'>(
  error: unknown,
  code: Code,
): error is Code extends ProblemCode ? Problem & {readonly code: Code} : Unexpected {
  return error instanceof Problem && error.code === code
}

type Unexpected = Problem & {readonly data: {readonly status: number}}

async function send(
  options: ApiOptions,
  name: string,
  {params = {}, query = {}, body, file, ifMatch, idempotencyKey, signal}: AnyRequest = {},
) {
  let response: FetchResponse | undefined
  let attempt = new AbortController()
  const abort = () => attempt.abort(signal!.reason)
  const api = new Api({
    ...options,
    async fetch(url, init) {
      const fetch: Fetch = options.fetch ?? globalThis.fetch
      const headers = {
        ...init.headers,
        ...(file && {'content-type': file.type}),
        ...(ifMatch !== undefined && {'if-match': typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch}),
        ...(idempotencyKey !== undefined && {'idempotency-key': idempotencyKey}),
      }
      // A response from the cache of the browser could have an old Event-Id.
      const uncached = {...init, headers, cache: 'no-store' as const, ...(file && {body: file.content})}
      // React Native has no `AbortSignal.any`.
      attempt = new AbortController()
      const {signal: limit} = init
      // The server may need minutes for a file.
      if (!file) limit.addEventListener('abort', () => attempt.abort(limit.reason))
      if (signal?.aborted) abort()
      response = await fetch(url, {...uncached, signal: attempt.signal})
      return response
    },
  })
  const [method, template] = name.split(' ') as [string, string]
  const path = template.replace(/\{(\w+)\}/g, (_, id) => segmentOf(id, params[id]!))
  signal?.addEventListener('abort', abort)
  try {
    const result = await api.call(method, path + queryOf(query), body)
    const headerOf = (header: string) => response!.headers.get(header) ?? undefined
    // A proxy that compresses responses makes their ETags weak. The server accepts only strong ETags in `If-Match`.
    return {body: result, eventId: headerOf('Event-Id'), etag: headerOf('ETag')?.replace(/^W\//, '')}
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** The URL parser removes the segments '.' and '..' even when they are escaped, so the request would reach another route. */
function segmentOf(name: string, value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new TypeError(`The parameter ${name} must not be '${value}'.`)
  return encodeURIComponent(value)
}

function queryOf(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
  return text && `?${text}`
}
