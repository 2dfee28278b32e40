/** Reads the bodies of requests. All bodies that are being received share a limited amount of memory. */
import type {IncomingMessage} from 'node:http'
import {Problem} from '../board/problem.ts'

/** A body that is being received. */
interface Reading {
  /** The size of the body's buffer, in bytes. */
  capacity: number
  abort(): void
}

export class BodyReader {
  readonly #maxTotalBytes: number
  /** Oldest first. */
  readonly #readings = new Set<Reading>()
  #totalBytes = 0

  /**
   * @param maxTotalBytes the maximum number of bytes of memory for all bodies that are being received. When these
   * bodies together need more memory, the oldest body is rejected. Therefore, a client that sends slowly cannot prevent
   * other clients from sending their bodies.
   */
  constructor(maxTotalBytes: number) {
    this.#maxTotalBytes = maxTotalBytes
  }

  /** The bytes of memory that are in use for all bodies that are being received. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /**
   * Returns the body. Throws Problem 'body-too-large' when the body exceeds `maxBytes`. Throws Problem 'overloaded'
   * when the memory is needed for other bodies. If the connection stays open after such a problem, the server discards
   * the rest of the body. Throws Problem 'invalid-request' when the client disconnects.
   */
  read(req: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
    return new Promise((resolve, reject) => {
      if (Number(req.headers['content-length']) > maxBytes) return reject(bodyTooLarge(maxBytes))
      const rejectAborted = (cause?: Error) =>
        reject(new Problem('invalid-request', 'The client closed the connection.', {}, {cause}))
      // If the client disconnected during authentication, the request emits no more events. Then the listeners
      // below would never reject the promise.
      if (req.destroyed) return rejectAborted()

      // The chunks are copied into one buffer, because a chunk can be one byte long, and each separate buffer needs
      // hundreds of bytes.
      let body = Buffer.alloc(0)
      let length = 0
      const reading: Reading = {
        capacity: 0,
        abort: () =>
          fail(new Problem('overloaded', 'The server receives too much data at the moment. Try again.')),
      }
      const end = () => {
        body = Buffer.alloc(0)
        this.#end(reading)
      }
      const fail = (problem: Problem) => {
        end()
        reject(problem)
      }
      this.#readings.add(reading)
      req.on('data', (chunk: Buffer) => {
        if (!this.#readings.has(reading)) return // the body was rejected
        const needed = length + chunk.length
        if (needed > maxBytes) return fail(bodyTooLarge(maxBytes))
        if (needed > body.length) {
          const grown = Buffer.alloc(Math.min(maxBytes, Math.max(needed, 2 * body.length)))
          body.copy(grown)
          body = grown
        }
        chunk.copy(body, length)
        length = needed
        this.#resize(reading, body.length)
      })
      req.on('end', () => {
        if (req.aborted)
          rejectAborted() // with HTTP/2, a cancelled body ends like a complete body
        else resolve(body.subarray(0, length))
        end()
      })
      req.on('error', error => {
        rejectAborted(error)
        end()
      })
    })
  }

  #resize(reading: Reading, capacity: number): void {
    this.#totalBytes += capacity - reading.capacity
    reading.capacity = capacity
    for (const oldest of this.#readings) {
      if (this.#totalBytes <= this.#maxTotalBytes) return
      oldest.abort()
    }
  }

  #end(reading: Reading): void {
    if (this.#readings.delete(reading)) this.#totalBytes -= reading.capacity
  }
}

export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `The body must not exceed ${formatBytes(maxBytes)}.`)
}

function formatBytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`
}
