/** Serves the metrics on a port of their own (METRICS_PORT). */
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {Config} from '../config.ts'
import {hasToken, type MetricsAccess, metricsPath, organizationsPath} from '../http/metrics.ts'
import {metricsContentType} from '../metrics/exposition.ts'
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
  {read, listOrganizations}: Pick<MetricsAccess, 'read' | 'listOrganizations'>,
): Promise<MetricsPort | undefined> {
  if (metricsPort === undefined) return undefined
  const address = metricsToken === undefined ? '127.0.0.1' : host
  const server = createServer(async (req, res) => {
    const path = req.url?.split('?')[0]
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    const isPermitted = hasToken(req.headers.authorization ?? '', metricsToken)
    const isList = path === organizationsPath && metricsToken !== undefined
    const isKnown = path === metricsPath || isList
    const status = !isKnown ? 404 : !isRead ? 405 : !isPermitted ? 401 : 200
    const readBody = async () =>
      isList ? JSON.stringify({organizations: await listOrganizations()}) : read()
    const body = status === 200 ? await readBody().catch(() => undefined) : ''
    res.writeHead(body === undefined ? 500 : status, {
      'cache-control': 'no-store',
      ...(status === 200 && {'content-type': isList ? 'application/json' : metricsContentType}),
      ...(status === 401 && {'www-authenticate': 'Bearer'}),
      ...(status === 405 && {allow: 'GET, HEAD'}),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  })
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
