/** Reads the events of a stream, and checks that they are in order. */
import {connect} from 'node:net'

export interface ReplayRequest {
  port: number
  /** The request that opens the stream. */
  request: string
  /** Events with other seqs are not counted. */
  first: number
  last: number
  /** After each read, the reader waits this number of milliseconds. */
  pauseMs: number
  /** The reader stops after this number of milliseconds, or after the event with the seq `last`. */
  milliseconds: number
}

export interface Replayed {
  events: number
  /** Milliseconds from the request to the first event. */
  firstMs: number
  /** Milliseconds from the first event to the last event that was counted. */
  milliseconds: number
}

// The frame of an event. The frames of events about the stream itself are not counted.
const frame = /id:[a-z2-7]{13}-(\d+)\nevent:(?!stream\.)/g
const maxFrameStart = 64

/** Rejects when an event is missing or repeated. */
export function readReplay(request: ReplayRequest): Promise<Replayed> {
  const {port, first, last, pauseMs, milliseconds} = request
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    let [events, firstAt, lastAt] = [0, 0, 0]
    let rest = ''
    const socket = connect({port, host: '127.0.0.1'}, () => socket.write(request.request, 'latin1'))
    const end = () => {
      clearTimeout(timer)
      socket.resetAndDestroy()
      resolve({events, firstMs: firstAt - startedAt, milliseconds: lastAt - firstAt})
    }
    const timer = setTimeout(end, milliseconds)
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`The stream ended after ${events} events`)))
    socket.on('data', chunk => {
      const text = rest + chunk
      let counted = 0
      for (const match of text.matchAll(frame)) {
        const seq = Number(match[1])
        counted = match.index + match[0].length
        if (seq < first || seq > last) continue
        if (seq !== first + events) return reject(new Error(`Event ${seq} follows ${first + events - 1}`))
        events++
        lastAt = performance.now()
        if (events === 1) firstAt = lastAt
      }
      if (first + events > last) return end()
      rest = text.slice(Math.max(counted, text.length - maxFrameStart))
      if (pauseMs === 0) return
      socket.pause()
      setTimeout(() => socket.resume(), pauseMs)
    })
  })
}
