/** Two ways to read a stream: the browser's EventSource, and fetch. Each call is one connection. */
import {type Api, problemOf, type Token} from './api.ts'
import {sseParser} from './sse-parser.ts'

export interface TransportListener {
  message(data: string, id: string): void
  ended(end: StreamEnd): void
}

/** How a connection ended. */
export interface StreamEnd {
  /**
   * Over EventSource. True: the response was not a stream, and EventSource cannot tell what it was. False: EventSource
   * reconnects on its own, after the time that `retry:` asks for, and resumes after the last id that it received.
   */
  refused?: boolean
  /** The milliseconds of the server's `retry:`. Fetch only. */
  retry?: number | undefined
  /** Why there is no stream: a Problem with a `status`, or fetch's TypeError. */
  error?: unknown
}

/** Reads one stream until it ends or the signal aborts. The listener may be called once more after that. */
export type Transport = (
  api: Api,
  path: string,
  token: Token,
  signal: AbortSignal,
  listener: TransportListener,
) => void

export const overEventSource: Transport = (api, path, token, signal, {message, ended}) => {
  const address = api.address(path) + (token ? `&${new URLSearchParams({token})}` : '')
  const source = new EventSource(address, {withCredentials: api.options.credentials === 'include'})
  source.onmessage = ({data, lastEventId}) => message(data, lastEventId)
  // [spec] Only after a network error does an EventSource reconnect; any status but 200 ends it for good.
  source.onerror = () => ended({refused: source.readyState === source.CLOSED})
  signal.onabort = () => source.close()
}

export const overFetch: Transport = (api, path, token, signal, {message, ended}) => {
  let retry: number | undefined
  const parse = sseParser(message, milliseconds => {
    retry = milliseconds
  })
  read()
    .catch(error => error)
    .then(error => ended({retry, error}))

  /** Resolves with the reason why there is no stream, or with undefined when a stream has ended. */
  async function read(): Promise<unknown> {
    const accept = 'text/event-stream'
    const response = await fetch(api.address(path), {...api.init(token, {accept}), signal})
    const isStream = response.headers.get('content-type')?.startsWith(accept)
    if (response.status !== 200 || !isStream) return problemOf(response)
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    for (;;) {
      const {done, value} = await reader.read()
      if (done) return undefined
      parse(decoder.decode(value, {stream: true}))
    }
  }
}
