/** The bytes of a request's body. */
import type {IncomingMessage} from 'node:http'
import {Problem} from '../board/problem.ts'

/**
 * Throws Problem 'body-too-large' beyond `max` bytes, and still reads on, so that the answer is heard; and
 * 'invalid-request', which nobody hears, where the client has gone.
 */
export async function readBody(req: IncomingMessage, max: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const breakOff = (cause?: Error) =>
      reject(new Problem('invalid-request', 'The request was broken off.', {}, {cause}))
    if (req.destroyed) return breakOff() // while we looked who it was; there will be no event

    const chunks: Buffer[] = []
    let length = 0
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= max) chunks.push(chunk)
      else {
        chunks.length = 0
        reject(bodyTooLarge(max))
      }
    })
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('error', breakOff)
  })
}

export function bodyTooLarge(max: number): Problem {
  return new Problem('body-too-large', `A body may have ${max / 1024 ** 2} MiB here at the most.`)
}
