/** Reads the bodies of requests. All bodies that are being received share a limited amount of memory. */
import type {IncomingMessage} from 'node:http'
import {Problem} from '../board/problem.ts'

/** A body that is being received. */
interface Reading {
  bytes: number
  abort(): void
}

export class BodyReader {
  readonly #maxTotalBytes: number
  /** Oldest first. */
  readonly #readings = new Set<Reading>()
  #totalBytes = 0

  /**
   * @param maxTotalBytes the bytes of memory for all bodies that are being received. When they need more, the oldest of
   * them is rejected, because a client that sends slowly must not keep other clients from sending their bodies.
   */
  constructor(maxTotalBytes: number) {
    this.#maxTotalBytes = maxTotalBytes
  }

  /** The bytes that are in memory. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /**
   * Returns the body. Throws Problem 'body-too-large' when the body exceeds `maxBytes`, and Problem 'overloaded' when
   * the memory is needed for other bodies. The rest of the body is then received and discarded, so that the client gets
   * the response. Throws Problem 'invalid-request' when the client disconnects.
   */
  read(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (Number(req.headers['content-length']) > maxBytes) return reject(bodyTooLarge(maxBytes))
      const rejectAborted = (cause?: Error) =>
        reject(new Problem('invalid-request', 'The client closed the connection.', {}, {cause}))
      // The client disconnected during authentication. The request emits no more events.
      if (req.destroyed) return rejectAborted()

      const chunks: Buffer[] = []
      const reading: Reading = {
        bytes: 0,
        abort: () =>
          fail(new Problem('overloaded', 'The server receives too much data at the moment. Try again.')),
      }
      const end = () => {
        chunks.length = 0
        this.#end(reading)
      }
      const fail = (problem: Problem) => {
        end()
        reject(problem)
      }
      this.#readings.add(reading)
      req.on('data', (chunk: Buffer) => {
        if (!this.#readings.has(reading)) return // the body was rejected
        if (reading.bytes + chunk.length > maxBytes) return fail(bodyTooLarge(maxBytes))
        chunks.push(chunk)
        this.#add(reading, chunk.length)
      })
      req.on('end', () => {
        resolve(Buffer.concat(chunks))
        end()
      })
      req.on('error', error => {
        rejectAborted(error)
        end()
      })
    })
  }

  #add(reading: Reading, bytes: number): void {
    reading.bytes += bytes
    this.#totalBytes += bytes
    for (const oldest of this.#readings) {
      if (this.#totalBytes <= this.#maxTotalBytes) return
      oldest.abort()
    }
  }

  #end(reading: Reading): void {
    if (this.#readings.delete(reading)) this.#totalBytes -= reading.bytes
  }
}

export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `The body must not exceed ${formatBytes(maxBytes)}.`)
}

function formatBytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`
}
