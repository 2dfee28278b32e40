/** Serves the metrics to Prometheus. */
import {hash, timingSafeEqual} from 'node:crypto'
import Router from '@koa/router'
import {Problem} from '../board/problem.ts'
import type {OrganizationStreams} from '../live/stream-counts.ts'
import {metricsContentType} from '../metrics/exposition.ts'
import type {RefusalLimit} from './refusal-limit.ts'

export const metricsPath = '/metrics'
const organizationsPath = '/metrics/organizations'
export const maxListedOrganizations = 100

export interface MetricsAccess {
  /** The bearer token that a scrape needs. Undefined when a scrape needs no token. */
  token: string | undefined
  /** Returns the metrics in the text format of Prometheus. */
  read: () => Promise<string>
  /** Returns the organizations with the most open streams of the server. */
  listOrganizations: () => Promise<OrganizationStreams[]>
}

/**
 * Serves `GET /metrics` and `GET /metrics/organizations`. Without the right token, the response is 401, and `refusals`
 * counts a wrong token. The second path names organizations, so it does not exist without a token.
 */
export function metrics({token, read, listOrganizations}: MetricsAccess, refusals: RefusalLimit): Router {
  const router = new Router()
  router.get(token === undefined ? [metricsPath] : [metricsPath, organizationsPath], async ctx => {
    if (token !== undefined) {
      await refusals.watch(ctx, async () => requireToken(ctx.get('Authorization'), token), 'metrics-token')
    }
    ctx.set('Cache-Control', 'no-store')
    if (ctx.path === metricsPath) {
      ctx.body = await read()
      ctx.set('Content-Type', metricsContentType)
    } else {
      ctx.body = {organizations: await listOrganizations()}
    }
  })
  return router
}

/** Throws Problem 'unauthenticated' or 'invalid-token'. */
function requireToken(authorization: string, token: string): void {
  const remedy = 'Send the METRICS_TOKEN of the server (Authorization: Bearer …).'
  if (authorization === '') throw new Problem('unauthenticated', remedy)
  const [, sent = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
  if (!isEqual(sent, token)) throw new Problem('invalid-token', remedy)
}

/** Constant-time comparison. */
function isEqual(sent: string, token: string): boolean {
  // `timingSafeEqual` needs values of the same length, and the hashes have the same length.
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', token, 'buffer'))
}
