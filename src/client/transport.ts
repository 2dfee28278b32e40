/** The two ways to read a stream: the browser's own EventSource, and fetch. Each call is one connection. */
import {type Api, problemOf, type Token} from './api.ts'
import {sseParser} from './sse-parser.ts'

export interface TransportListener {
  message(data: string, id: string): void
  ended(end: StreamEnd): void
}

/** How a connection ended. */
export interface StreamEnd {
  /** It comes back by itself, when the server's `retry:` says so, and behind the last id that it saw. */
  returns?: boolean
  /** Milliseconds that the server asked to wait. */
  retry?: number | undefined
  /** The answer was no stream, and nobody can say why. */
  refused?: boolean
  /** Why there is no stream: a Problem with a `status`, or fetch's TypeError. */
  error?: unknown
}

/** Closes the connection; after that the listener hears nothing more. */
export type Close = () => void

export type Transport = (api: Api, path: string, token: Token, listener: TransportListener) => Close

export const overEventSource: Transport = (api, path, token, listener) => {
  const address = api.address(path) + (token ? `&token=${encodeURIComponent(token)}` : '')
  const source = new EventSource(address, {withCredentials: api.options.credentials === 'include'})
  source.onmessage = ({data, lastEventId}) => listener.message(data, lastEventId)
  // [spec] Only after a network error does an EventSource return; any status but 200 ends it for good.
  source.onerror = () =>
    listener.ended(source.readyState === source.CLOSED ? {refused: true} : {returns: true})
  return () => {
    source.onmessage = source.onerror = null
    source.close()
  }
}

export const overFetch: Transport = (api, path, token, listener) => {
  const controller = new AbortController()
  const {signal} = controller
  let retry: number | undefined
  const parse = sseParser({
    message: (data, id) => {
      if (!signal.aborted) listener.message(data, id)
    },
    retry: milliseconds => {
      retry = milliseconds
    },
  })
  read()
    .catch(error => error)
    .then(error => {
      if (!signal.aborted) listener.ended({retry, error})
    })
  return () => controller.abort()

  /** Resolves with why there is no stream, or with nothing when there was one and it has ended. */
  async function read(): Promise<unknown> {
    const {headers, credentials} = api.init(token)
    const accept = 'text/event-stream'
    const init: RequestInit = {headers: {accept, ...headers}, credentials, signal}
    const response = await fetch(api.address(path), init)
    const isStream = response.headers.get('content-type')?.startsWith(accept)
    if (response.status !== 200 || !isStream || !response.body) return problemOf(response)
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    for (;;) {
      const {done, value} = await reader.read()
      if (done) return undefined
      parse(decoder.decode(value, {stream: true}))
    }
  }
}
