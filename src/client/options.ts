/** How the client sends requests. This file needs no types of browsers, because programs may have none. */

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
  credentials?: 'include' | 'omit' | 'same-origin' | undefined
  /**
   * Headers for every request, for example `{'x-api-key': key}`. With this option, streams use fetch, because
   * EventSource cannot send headers.
   */
  headers?: Record<string, string> | undefined
  /**
   * Sends every request in place of the global `fetch`, for example in React Native or in a test. With this option,
   * streams use this function, and not EventSource. The body of a response must be a readable stream.
   */
  fetch?: Fetch | undefined
}

export type Token = string | null | undefined

/** A function that can be called like the global `fetch`. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** The second argument of a call of `fetch`. */
export interface FetchInit {
  method?: string
  headers: Record<string, string>
  credentials?: 'include' | 'omit' | 'same-origin'
  body?: FileContent
  cache?: 'no-store'
  signal: Signal
}

/** The content of a file: text, or a `Blob` (for example a `File`) where the types of a browser or of Node declare it. */
export type FileContent =
  | string
  | (typeof globalThis extends {Blob: {prototype: infer Declared}} ? Declared : never)

/** The part of a response that the client uses. */
export interface FetchResponse {
  readonly ok: boolean
  readonly status: number
  readonly headers: {get(name: string): string | null}
  readonly body: unknown
  // biome-ignore lint/suspicious/noExplicitAny: the type of `Response.json` in browsers and in Node
  json(): Promise<any>
}

/** `AbortSignal`, where the types of a browser or of Node declare it. */
export type Signal = typeof globalThis extends {AbortSignal: {prototype: infer Declared}} ? Declared : unknown
