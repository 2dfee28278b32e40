/** Tries whether streams work on the path to the server, and delivers no events. */
import type {Api} from './api.ts'
import {openTimeoutMs, silentHeartbeats} from './limits.ts'
import type {Transport} from './transport.ts'

/** A message must arrive this long after the first message, because some proxies hold only later bytes back. */
const laterMs = 1_000

/** Resolves with true when the messages of the stream arrive in time. Resolves with false after the signal aborts. */
export async function tryStream(
  overStream: Transport,
  api: Api,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const trial = new AbortController()
  const token = await api.token().catch(() => undefined) // without a valid token, the server refuses the stream
  return new Promise(resolve => {
    let firstAt = 0
    let timer = setTimeout(end, openTimeoutMs)
    const endUnsuccessfully = () => end()
    signal.addEventListener('abort', endUnsuccessfully)
    overStream(api, path, token, trial.signal, {
      message(data) {
        if (firstAt > 0) {
          if (Date.now() - firstAt >= laterMs) end(true)
          return
        }
        firstAt = Date.now()
        clearTimeout(timer)
        timer = setTimeout(end, silentHeartbeats * JSON.parse(data).heartbeat_seconds * 1_000)
      },
      ended: endUnsuccessfully,
    })
    if (signal.aborted) end()

    function end(works = false): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', endUnsuccessfully)
      trial.abort()
      resolve(works)
    }
  })
}
