import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Rejects requests whose host name is not a loopback name. This check prevents DNS rebinding, an attack in which the
 * host name of another site resolves to 127.0.0.1. Without this check, a page of that site could sign in, because the
 * demo requires no credentials.
 */
export function requireLoopbackHost(): Middleware {
  return async (ctx, next) => {
    if (loopback.test(ctx.get('Host'))) return next()
    throw new Problem('host-not-allowed', 'The demo accepts only requests to localhost, 127.0.0.1 and [::1].')
  }
}
