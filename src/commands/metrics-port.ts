/** Serves the metrics on a port of their own (METRICS_PORT). */
import {once} from 'node:events'
import {createServer} from 'node:http'
import Koa from 'koa'
import type {Logger} from 'pino'
import type {Config} from '../config.ts'
import {limitedAddress} from '../http/client-address.ts'
import {type MetricsAccess, metrics, metricsPath} from '../http/metrics.ts'
import {respondWithProblems} from '../http/problems.ts'
import {RefusalLimit} from '../http/refusal-limit.ts'
import {logRequests} from '../http/request-log.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {listen, urlOf} from './listen.ts'

export interface MetricsPort {
  /** The URL of the metrics, such as `http://127.0.0.1:9464/metrics`. */
  url: string
  close(): Promise<void>
}

type Settings = Pick<Config, 'host' | 'metricsPort' | 'metricsToken'>

/**
 * Listens on METRICS_PORT. Without METRICS_TOKEN, listens only on loopback, because everyone who reaches the port can
 * read the metrics. Returns undefined when METRICS_PORT is not set. Throws CommandError when the port is unavailable.
 */
export async function openMetricsPort(
  {host, metricsPort, metricsToken}: Settings,
  served: Pick<MetricsAccess, 'read' | 'listOrganizations'>,
  rates: RateCounts,
  log: Logger,
): Promise<MetricsPort | undefined> {
  if (metricsPort === undefined) return undefined
  const address = metricsToken === undefined ? '127.0.0.1' : host
  const refusals = new RefusalLimit({rates, name: 'refusalsPerAddress', keyOf: limitedAddress})
  const server = createServer(metricsApp({token: metricsToken, ...served}, refusals, log).callback())
  const port = await listen(server, {host: address, port: metricsPort}, 'METRICS_PORT')
  return {
    url: `${urlOf({host: address}, port)}${metricsPath}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Serves only the metrics. */
export function metricsApp(access: MetricsAccess, refusals: RefusalLimit, log: Logger): Koa {
  const app = new Koa()
  app.on('error', err => log.debug({code: err.code}, 'response aborted'))
  const routes = metrics(access, refusals)
  app.use(logRequests(log))
  app.use(respondWithProblems())
  app.use(routes.routes())
  app.use(routes.allowedMethods())
  return app
}
