/** Reads a stream with the browser's EventSource or with fetch. Each call opens one connection. */
import type {Api} from './api.ts'
import type {Token} from './options.ts'
import {sseParser} from './sse-parser.ts'

export interface TransportListener {
  message(data: string, id: string): void
  ended(end: StreamEnd): void
}

/** How a connection ended. */
export interface StreamEnd {
  /**
   * Set only by EventSource. When `refused` is true, the response was not a stream, and EventSource does not report the
   * reason. When `refused` is false, EventSource will reconnect automatically. EventSource first waits for the delay in
   * `retry:`, and then resumes the stream after the last received id.
   */
  refused?: boolean
  /** The milliseconds of the server's `retry:` field. Set only by fetch. */
  retry?: number | undefined
  /** The reason why there is no stream: a Problem with a `status`, or fetch's TypeError. */
  error?: unknown
}

/**
 * Reads one stream until the stream ends or the signal aborts. The listener may be called one more time after the
 * signal has aborted.
 */
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
  // [spec] An EventSource reconnects only after a network error. If the status is not 200, the EventSource closes
  // permanently: `readyState` is then 2.
  source.onerror = () => ended({refused: source.readyState > 1})
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

  /** Resolves when the stream has ended. When the response is not a stream, throws the reason. */
  async function read(): Promise<void> {
    const {body} = await api.open(path, token, 'text/event-stream', signal)
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder() // React Native has no TextDecoderStream
    for (;;) {
      const {done, value} = await reader.read()
      if (done) return
      parse(decoder.decode(value, {stream: true}))
    }
  }
}
