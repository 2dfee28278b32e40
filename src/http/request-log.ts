import {randomUUID} from 'node:crypto'
import type {Middleware} from 'koa'
import type {Level, Logger} from 'pino'

// Asked every few seconds by whoever keeps this process alive.
const quietPaths = ['/livez', '/readyz']

/** One line per request, with its id, which the answer carries as `X-Request-Id`. */
export function logRequests(log: Logger): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const requestId = randomUUID()
    ctx.set('X-Request-Id', requestId)
    try {
      await next()
    } finally {
      // The query stays out: a stream's may hold a credential.
      const {method, path, status} = ctx
      const ms = Math.round(performance.now() - startedAt)
      const level = quietPaths.includes(path) ? 'debug' : levelOf(status)
      log[level]({request_id: requestId, method, path, status, ms, err: ctx.state.failure}, 'request')
    }
  }
}

function levelOf(status: number): Level {
  if (status >= 500) return 'error'
  return status >= 400 ? 'warn' : 'info'
}
