/** Opens many streams at the same time, like clients after a crash of the server. */
import {connect} from 'node:net'

export interface AtOnceRequest {
  port: number
  /** One stream is opened for each request. */
  requests: readonly string[]
  /** The text that marks a stream as ready. */
  readyMark: string
}

export interface OpenedAtOnce {
  /** Milliseconds until all streams were ready. */
  milliseconds: number
  /**
   * How often a stream ended before it was ready. Causes: the event `stream.unavailable`, or a status that is not
   * 200.
   */
  refused: number
}

const timeoutMs = 45_000 // the maximum time until all streams are ready

/** Opens the streams and leaves them open. A refused client tries again after the delay that the server requests. */
export async function openAtOnce({port, requests, readyMark}: AtOnceRequest): Promise<OpenedAtOnce> {
  const startedAt = performance.now()
  let refused = 0
  let ready = 0
  const open = (request: string, onReady: () => void) => {
    const socket = connect({port, host: '127.0.0.1', noDelay: true})
    let text = ''
    let isReady = false
    socket.setEncoding('latin1')
    socket.on('error', () => {}) // after an error, Node calls the handler of 'close' below
    socket.on('connect', () => socket.write(request, 'latin1'))
    socket.on('data', chunk => {
      if (isReady) return
      text += chunk
      if (!text.startsWith('HTTP/1.1 200 ') || !text.includes(readyMark)) return
      isReady = true
      text = ''
      ready++
      onReady()
    })
    socket.on('close', () => {
      if (isReady) return
      refused++
      setTimeout(open, delayOf(text), request, onReady)
    })
  }
  const all = Promise.all(requests.map(request => new Promise<void>(resolve => open(request, resolve))))
  await Promise.race([all, failLater(() => `${ready} of ${requests.length} streams are ready.`)])
  return {milliseconds: performance.now() - startedAt, refused}
}

/** Returns the milliseconds after which a client reconnects. */
function delayOf(text: string): number {
  return Number(/^retry:(\d+)/m.exec(text)?.[1] ?? 1000)
}

function failLater(describe: () => string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`After ${timeoutMs} ms, ${describe()}`)), timeoutMs).unref()
  })
}
