/** Tries whether streams work on the path to the server, and delivers no events. */
import type {Api} from './api.ts'
import {openTimeoutMs, silentHeartbeats} from './limits.ts'
import type {Transport} from './transport.ts'

/** A message must arrive this long after the first message, because some proxies hold only later bytes back. */
const laterMs = 1_000

/**
 * Resolves with `works` when the messages of the stream arrive in time, and with `held` when the stream stays silent.
 * Resolves with `unknown` when the stream ends, when the server refuses the stream, or after the signal aborts.
 */
export async function tryStream(
  overStream: Transport,
  api: Api,
  path: string,
  signal: AbortSignal,
): Promise<'works' | 'held' | 'unknown'> {
  const trial = new AbortController()
  const token = await api.token().catch(() => undefined) // without a valid token, the server refuses the stream
  return new Promise(resolve => {
    let firstAt = 0
    let timer = setTimeout(end, openTimeoutMs, 'held')
    const endEarly = () => end('unknown')
    signal.addEventListener('abort', endEarly)
    overStream(api, path, token, trial.signal, {
      message(data) {
        if (firstAt > 0) {
          if (Date.now() - firstAt >= laterMs) end('works')
          return
        }
        const {heartbeat_seconds} = JSON.parse(data)
        if (!heartbeat_seconds) return endEarly() // the first message is `stream.unavailable`
        firstAt = Date.now()
        clearTimeout(timer)
        timer = setTimeout(end, silentHeartbeats * heartbeat_seconds * 1_000, 'held')
      },
      ended: endEarly,
    })
    if (signal.aborted) endEarly()

    function end(result: 'works' | 'held' | 'unknown'): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', endEarly)
      trial.abort()
      resolve(result)
    }
  })
}
