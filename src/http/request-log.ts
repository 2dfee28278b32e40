import {randomUUID} from 'node:crypto'
import type {Context, Middleware} from 'koa'
import type {Level, Logger} from 'pino'

// Asked every few seconds by whoever keeps this process alive.
const quietPaths = ['/livez', '/readyz']

/** One line per request, with its id, which the answer carries as `X-Request-Id`. */
export function logRequests(log: Logger): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const requestId = randomUUID()
    try {
      await next()
    } finally {
      // Only here: what is set before a stream opens, Node keeps beside it all day.
      if (ctx.respond !== false) ctx.set('X-Request-Id', requestId)
      // The query stays out: a stream's may hold a credential.
      const {method, path, status} = ctx
      const ms = Math.round(performance.now() - startedAt)
      const err = ctx.state.failure
      log[levelOf(ctx)]({request_id: requestId, method, path, status, ms, ...(err && {err})}, 'request')
    }
  }
}

function levelOf({path, status, state}: Context): Level {
  if (quietPaths.includes(path)) return 'debug'
  if (state.failure) return 'error'
  return status >= 400 ? 'warn' : 'info'
}
