import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Rejects requests whose host name is not a loopback name. This prevents DNS rebinding, in which the host name of
 * another site's page resolves to 127.0.0.1. Such a page must not reach the demo, because signing in there needs no
 * credentials.
 */
export function requireLoopbackHost(): Middleware {
  return async (ctx, next) => {
    if (loopback.test(ctx.get('Host'))) return next()
    throw new Problem('host-not-allowed', 'The demo accepts requests to localhost, 127.0.0.1 and [::1] only.')
  }
}
