/** Ends many streams. The ends are spread over time, so that other work is not delayed. */
import {setTimeout as delay, setImmediate as nextTurn} from 'node:timers/promises'

// The minimum rate at which streams end. With few streams, the process therefore stops before `windowMs` has passed.
// Other processes can easily accept clients that reconnect at this rate.
const minStreamsPerMs = 0.5
const sliceMs = 5 // a slice ends streams for at most this time; then the event loop can do other work
const pauseMs = 10 // the time between two slices; when fewer streams have ended than planned, there is no pause

export interface EndStreamsOptions {
  /** The time over which the ends are spread, in milliseconds. With 0, all streams are ended as soon as possible. */
  windowMs: number
  /** Returns the time of a monotonic clock in milliseconds. */
  now: () => number
}

/** Calls `end` with each stream. Resolves when `end` has been called with all streams. */
export async function endStreams<T>(
  streams: readonly T[],
  end: (stream: T) => void,
  {windowMs, now}: EndStreamsOptions,
): Promise<void> {
  const perMs = Math.max(streams.length / windowMs, minStreamsPerMs)
  const startedAt = now()
  let ended = 0
  while (ended < streams.length) {
    const sliceStartedAt = now()
    const elapsedMs = sliceStartedAt + pauseMs - startedAt
    const due = windowMs === 0 ? streams.length : Math.min(streams.length, Math.ceil(elapsedMs * perMs))
    while (ended < due && now() - sliceStartedAt < sliceMs) end(streams[ended++]!)
    await (ended < due ? nextTurn() : delay(pauseMs))
  }
}
