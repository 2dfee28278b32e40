import type {Middleware} from 'koa'
import {Problem} from '../board/problem.ts'

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Refuses any other name than this machine's own: a page elsewhere whose name was made to resolve to
 * 127.0.0.1 (DNS rebinding) must not reach a demo's open door.
 */
export function requireLoopbackHost(): Middleware {
  return async (ctx, next) => {
    if (loopback.test(ctx.get('Host'))) return next()
    throw new Problem('host-not-allowed', 'The demo answers to localhost, 127.0.0.1 and [::1] only.')
  }
}
