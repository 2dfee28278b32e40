/** Counts requests, changes and problems for the metrics. */
import type {Context, Middleware} from 'koa'
import {requestBounds} from '../metrics/durations.ts'
import {LabeledCounts, LabeledDurations} from '../metrics/labeled.ts'
import {problemTable, toProblem} from './problems.ts'
import {outcomeOf} from './request-log.ts'

/** `rejected`: the request was invalid, or a rule did not permit the change. `failed`: an outage or a fault. */
export type ChangeOutcome = 'committed' | 'rejected' | 'failed'

export class RequestCounts {
  /** The route is a template such as `/api/v1/tasks/{id}`, or `none`. The status is a class such as `2xx`. */
  readonly requests = new LabeledCounts(['method', 'route', 'status'])
  /** The durations of requests that are no streams and no polls. */
  readonly durations = new LabeledDurations(['method', 'route'], requestBounds)
  /** The problems in responses, and the reasons of streams that were refused. */
  readonly problems = new LabeledCounts(['code'])
  /** The operation is an `operationId` of the contract. */
  readonly changes = new LabeledDurations(['operation', 'outcome'], requestBounds)
  /** Requests above a limit per minute. The setting is the name of the limit. */
  readonly rateLimited = new LabeledCounts(['setting'])

  /** Runs the change, and measures the time until its commit or its failure. */
  async measureChange<T>(operation: string, change: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    const add = (outcome: ChangeOutcome) =>
      this.changes.add([operation, outcome], (performance.now() - startedAt) / 1_000)
    try {
      const result = await change()
      add('committed')
      return result
    } catch (error) {
      add(problemTable[toProblem(error).code].status < 500 ? 'rejected' : 'failed')
      throw error
    }
  }
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Must run directly after `logRequests`, so that the counts include all other middleware. */
export function countRequests(counts: RequestCounts): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    try {
      await next()
    } finally {
      // A client chooses the method. Unknown methods have one common label.
      const method = methods.has(ctx.method) ? ctx.method : 'other'
      const route = routeOf(ctx)
      counts.requests.add([method, route, `${Math.trunc(ctx.status / 100)}xx`])
      const {code, limit} = outcomeOf(ctx)
      if (code) counts.problems.add([code])
      if (limit) counts.rateLimited.add([limit])
      if (ctx.respond !== false)
        counts.durations.add([method, route], (performance.now() - startedAt) / 1_000)
    }
  }
}

/** Returns the template of the route that handled the request, or `none`. */
function routeOf(ctx: Context): string {
  const {_matchedRoute: path} = ctx as {_matchedRoute?: unknown}
  const route = ctx.state.route ?? path
  return typeof route === 'string' ? route.replaceAll(/:(\w+)/g, '{$1}') : 'none'
}
