/** Limits how many bytes of query results are parsed in one turn of the event loop. */
import type {Readable} from 'node:stream'

// Parsing 64 KiB of rows takes about 2 ms. Without this limit, Node reads up to 2 MiB from a socket in one turn, and
// parsing 2 MiB of rows takes 70 ms.
const bytesPerTurn = 64 * 1024

/** Pauses the stream after every 64 KiB until the next turn, so that a large result does not block the event loop. */
export function readInTurns(stream: Readable): void {
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes < bytesPerTurn) return
    bytes = 0
    stream.pause()
    setImmediate(() => stream.resume())
  })
}
