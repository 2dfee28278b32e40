/** Reads the bytes of a request's body. */
import type {IncomingMessage} from 'node:http'
import {Problem} from '../board/problem.ts'

/**
 * Throws Problem 'body-too-large' when the body exceeds `maxBytes`. The rest of the body is then read and discarded, so
 * that the client receives the response. Throws Problem 'invalid-request' when the client disconnects.
 */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const rejectAborted = (cause?: Error) =>
      reject(new Problem('invalid-request', 'The client closed the connection.', {}, {cause}))
    // The client disconnected during authentication. The request emits no more events.
    if (req.destroyed) return rejectAborted()

    const chunks: Buffer[] = []
    let length = 0
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else {
        chunks.length = 0
        reject(bodyTooLarge(maxBytes))
      }
    })
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('error', rejectAborted)
  })
}

export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `The body must not exceed ${formatBytes(maxBytes)}.`)
}

function formatBytes(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`
}
