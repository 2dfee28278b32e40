import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

/**
 * Rejects a request of HTTP/1.1 without the header `Host`, and every request with several `Host` headers.
 * [spec] RFC 9112, section 3.2: a server must respond with status 400 to such requests of HTTP/1.1.
 */
export function requireHost(): Middleware {
  return (ctx, next) => {
    const {rawHeaders, httpVersion} = ctx.req
    // Node puts only the first `Host` into `headers`. A proxy in front of this server may have used another `Host`.
    const hosts = countHosts(rawHeaders)
    if (hosts === 1 || (hosts === 0 && httpVersion !== '1.1')) return next()
    ctx.set('Connection', 'close')
    throw new Problem('invalid-request', 'A request must have the header Host exactly once.')
  }
}

/** In `rawHeaders`, the value of each header follows directly after the name of the header. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}
