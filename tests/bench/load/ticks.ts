/** Measures the longest delay of the ticks on a stream. Ticks are live events at even intervals. */
import {sharedClock} from '../clock.ts'
import type {Tick} from '../servers/ticker.ts'
import type {Readers} from './readers.ts'

/** Starts the measurement. The returned function returns the longest delay so far, in milliseconds. */
export function watchTicks(readers: Readers): () => number {
  let latest = 0
  readers.onBytes = (_, length, buffer) => {
    const text = buffer.toString('latin1', 0, length)
    for (const [, data] of text.matchAll(/^data:(.*)$/gm)) {
      const {due}: Tick = JSON.parse(data!)
      latest = Math.max(latest, sharedClock() - due)
    }
  }
  return () => latest
}
