import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Rejects requests to any host name but loopback. In DNS rebinding, a foreign page's name resolves to 127.0.0.1; such a
 * page must not reach the demo, where sign-in needs no credentials.
 */
export function requireLoopbackHost(): Middleware {
  return async (ctx, next) => {
    if (loopback.test(ctx.get('Host'))) return next()
    throw new Problem('host-not-allowed', 'The demo accepts requests to localhost, 127.0.0.1 and [::1] only.')
  }
}
