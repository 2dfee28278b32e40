import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

/**
 * Rejects a request without the header `Host`.
 * [spec] RFC 9112, section 3.2: a server must respond with status 400 to such a request of HTTP/1.1.
 */
export function requireHost(): Middleware {
  return (ctx, next) => {
    const {headers, httpVersion} = ctx.req
    if (headers.host !== undefined || httpVersion !== '1.1') return next()
    ctx.set('Connection', 'close')
    throw new Problem('invalid-request', 'A request of HTTP/1.1 must have the header Host.')
  }
}
