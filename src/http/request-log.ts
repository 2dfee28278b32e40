import {randomUUID} from 'node:crypto'
import type {Context, Middleware} from 'koa'
import type {Level, Logger} from 'pino'

// Probes arrive every few seconds, so they are logged at level debug.
const quietPaths = ['/livez', '/readyz']

/** Logs one line per request. The `request_id` in this line is also the `X-Request-Id` of the response. */
export function logRequests(log: Logger): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const requestId = randomUUID()
    try {
      await next()
    } finally {
      // The response of a stream has no `X-Request-Id`, because Node would keep this header in memory until the stream
      // ends.
      if (ctx.respond !== false) ctx.set('X-Request-Id', requestId)
      // The query is not logged, because the query of a stream may contain a credential.
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
