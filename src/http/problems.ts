/** What a caller is told when a request fails: an RFC 9457 problem, whose status stands in one table. */
import {STATUS_CODES} from 'node:http'
import type {Context, Middleware} from 'koa'
import {Problem, type ProblemCode} from '../board/problem.ts'
import {isStoreOutage} from './store-outage.ts'

export const statusOf: Readonly<Record<ProblemCode, number>> = {
  'invalid-request': 400,
  'malformed-json': 400,
  unauthenticated: 401,
  'invalid-token': 401,
  'invalid-api-key': 401,
  'invalid-signature': 401,
  'no-organization': 403,
  'role-insufficient': 403,
  'not-the-owner': 403,
  'host-not-allowed': 403,
  'cross-site-request': 403,
  'not-found': 404,
  'project-not-found': 404,
  'sprint-not-found': 404,
  'story-not-found': 404,
  'task-not-found': 404,
  'comment-not-found': 404,
  'escalation-not-found': 404,
  'notification-not-found': 404,
  'member-not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'task-already-owned': 409,
  'task-not-owned': 409,
  'invalid-status-move': 409,
  'escalation-already-responded': 409,
  'run-already-started': 409,
  'run-not-started': 409,
  'run-already-completed': 409,
  'unknown-cursor': 409,
  'sprint-of-another-project': 409,
  'idempotency-key-in-use': 409,
  'version-mismatch': 412,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'idempotency-key-reused': 422,
  'internal-error': 500,
  'secrets-key-missing': 501,
  'store-unavailable': 503,
  'store-busy': 503,
  'identity-unavailable': 503,
  draining: 503,
}

// Seconds: about what a database needs to restart, or a load balancer to choose another process.
const retryAfter = 2

/**
 * Answers what is thrown behind it, and what no route answers, with a problem. One of status 500 and up is left
 * for the request log in `ctx.state.failure`.
 */
export function answerProblems(): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      requireAnswer(ctx)
    } catch (error) {
      if (ctx.headerSent) return breakOff(ctx, error)
      const problem = toProblem(error)
      if (statusOf[problem.code] >= 500) ctx.state.failure = problem
      writeProblem(ctx, problem)
    }
  }
}

/** Koa's 404 and the router's 405 (which has set `Allow`) come without a body. */
function requireAnswer(ctx: Context): void {
  if (ctx.respond === false || ctx.body) return
  if (ctx.status === 404) throw new Problem('not-found', 'There is nothing at this path.')
  if (ctx.status === 405) {
    throw new Problem('method-not-allowed', `${ctx.method} is not possible here; see Allow.`)
  }
}

/** What was thrown as a caller may see it: an outage of the database, or an internal error that tells nothing. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isStoreOutage(error)) {
    return new Problem('store-unavailable', 'The database cannot be reached; try again.', {}, {cause: error})
  }
  return new Problem('internal-error', 'Something went wrong here; it is in our log.', {}, {cause: error})
}

/** Too late for an answer; nobody shall take what was sent for the whole. */
function breakOff(ctx: Context, error: unknown): void {
  ctx.respond = false
  ctx.res.destroy()
  ctx.state.failure = error
}

function writeProblem(ctx: Context, {code, message, data}: Problem): void {
  const status = statusOf[code]
  // [spec] RFC 9457, section 4.2.1: with "about:blank" the title is the phrase of the status.
  const own = {type: 'about:blank', title: STATUS_CODES[status], status, detail: message, code}
  ctx.status = status
  ctx.type = 'application/problem+json'
  ctx.body = {...own, ...data, ...own} // ours stand first, and win
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer')
  if (status === 503) ctx.set('Retry-After', String(retryAfter))
}
