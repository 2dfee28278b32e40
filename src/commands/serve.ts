/** `boardcast serve`: starts and stops the server. */
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import type {Server} from 'node:http'
import {Server as NetServer} from 'node:net'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import type {Logger} from 'pino'
import {createApp} from '../app.ts'
import {startBus} from '../bus/start-bus.ts'
import type {Config} from '../config.ts'
import {describeDemo, prepareDemo, readDemoSecret} from '../demo.ts'
import {readContract} from '../http/contract-file.ts'
import {DivergenceReports} from '../http/divergence-reports.ts'
import {readDocsFiles} from '../http/docs-files.ts'
import {createHttpServer} from '../http/http-server.ts'
import {createSecureServer, type SecureServer} from '../http/http2-server.ts'
import {type MetricsAccess, maxListedOrganizations} from '../http/metrics.ts'
import {readPageFiles} from '../http/page-files.ts'
import {RequestCounts} from '../http/request-counts.ts'
import {createIdentity, type IdentityOptions} from '../identity/identity.ts'
import {LastSeen} from '../identity/last-seen.ts'
import {TicketReleases} from '../identity/ticket-releases.ts'
import type {KeySource} from '../identity/verify-token.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {checkpointLimits} from '../live/limits.ts'
import {startLive} from '../live/live.ts'
import {StreamCounts, type StreamPermits} from '../live/stream-counts.ts'
import {createReader, formatMetrics, type MetricValues} from '../metrics/exposition.ts'
import {LabeledCounts} from '../metrics/labeled.ts'
import {type Database, openStore, type Store} from '../store/connection.ts'
import {migrate, requireMigrated} from '../store/migrate.ts'
import {startPruning} from '../store/pruning.ts'
import {createSecretBox, type SecretBox} from '../store/secret-box.ts'
import {startCountingSprintDays} from '../store/sprint-days.ts'
import {BusCounts, busListenerOf} from './bus-listener.ts'
import {readCertificate, watchCertificate} from './certificate.ts'
import {CommandError} from './command-error.ts'
import {limitConnectionsOf} from './connection-limits.ts'
import {listen, urlOf} from './listen.ts'
import {type MetricsPort, openMetricsPort} from './metrics-port.ts'
import {openRateCounts} from './open-rate-counts.ts'
import {type MetricSources, serverMetrics} from './server-metrics.ts'

export interface RunningServer {
  /** The address of the server, such as `http://127.0.0.1:8080`. */
  url: string
  /** The URL of the metrics on METRICS_PORT. Undefined when this process does not serve this port. */
  metricsUrl: string | undefined
  /** First steps for a person who tries the demo. Undefined when the server is not a demo. */
  instructions: string | undefined
  /** Resolves when the embedded database has stopped. The process must then be started again. */
  failed: Promise<Error>
  /** Makes `/readyz` fail, so that load balancers send no more requests. The server still accepts requests. */
  announceStop(): void
  /** Stops listening, ends the streams within `drainSeconds`, waits for open requests, and closes the store. */
  stop(): Promise<void>
}

/** The source of a server's connections. */
export interface Listener {
  /** Accepts no more connections. Resolves when the last connection has ended. */
  close(): Promise<void>
}

export interface ServeOptions {
  /**
   * When the server stops, the server ends its streams, and then waits for the last bytes of the streams and for open
   * requests. If this wait takes longer than this number of milliseconds, the server closes every connection.
   * Default 3,000.
   */
  responseTimeoutMs?: number
  /** Passes connections to the server. Default: the server listens on the address of the settings. */
  listener?: (server: NetServer) => Listener
  /** Decides whether a stream may open. By default, only the streams of this process count towards the limits. */
  permits?: StreamPermits
  /**
   * The counts for the rate limits. These counts are used only when REDIS_URL is not set. Default: this process counts.
   */
  rates?: RateCounts
  /**
   * Shares the metrics of this process with the other workers. Returns a function that reads the metrics of all workers.
   * By default, `/metrics` has only the metrics of this process, and this process serves METRICS_PORT.
   */
  shareMetrics?: (readOwn: () => Promise<MetricValues[]>) => Pick<MetricsAccess, 'read' | 'listOrganizations'>
  /** Returns the number of log lines that were dropped. Default: none were dropped. */
  logLinesDropped?: () => number
  /** The system's limit of open files for this process. Default: unknown, so this limit is not applied. */
  maxOpenFiles?: number | undefined
}

/**
 * Starts the server. Resolves when the server listens. If the start fails, everything that was started is stopped.
 */
export async function serve(config: Config, log: Logger, options: ServeOptions = {}): Promise<RunningServer> {
  const onConnectionLost = (err: Error) => log.warn({err}, 'a database connection was lost')
  let onFailed: (error: Error) => void
  const failed = new Promise<Error>(resolve => {
    onFailed = resolve
  })
  const store = await openStore({...config.store, onConnectionLost, onFailed: error => onFailed(error)})
  try {
    return {...(await serveStore(store, config, log, options)), failed}
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Throws CommandError when the folder contains the data of a server that was not a demo. Such a server has probably
 * lost its settings. If such a server ran as a demo, everyone on this machine could sign in.
 */
async function requireDemoData(db: Database, dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, 'demo-secret'))) return
  const organization = await db.selectFrom('organizations').select('id').limit(1).executeTakeFirst()
  if (!organization) return
  throw new CommandError(
    `The folder ${dataDir} contains the data of a server that is not a demo, but no AUTH_* setting is set. ` +
      'Set the AUTH_* settings of this server, or use another DATA_DIR for the demo.',
  )
}

async function serveStore(
  {db, poolUse, close}: Store,
  config: Config,
  log: Logger,
  options: ServeOptions,
): Promise<Omit<RunningServer, 'failed'>> {
  const {responseTimeoutMs = 3_000, listener, rates: sharedRates, maxOpenFiles} = options
  const streamCounts = new StreamCounts(config)
  if (!config.demo) warnAboutPlainKeySet(config.auth, log)
  await (config.migrate === 'never' ? requireMigrated(db) : migrate(db))
  if (config.demo) await requireDemoData(db, config.store.dataDir)
  const onFetchFailed = (err: Error) => log.warn({err}, 'the key set could not be fetched')
  const lastSeen = new LastSeen({
    db,
    onError: err => log.warn({err}, 'the times of the last requests of members could not be stored'),
  })
  const ticketReleases = new TicketReleases({
    db,
    onError: err => log.warn({err}, 'the tickets of ended streams could not be released'),
  })
  const identity = createIdentity({
    db,
    onFetchFailed,
    onAuthenticated: caller => lastSeen.note(caller),
    followedSince: organizationId => live.followedSince(organizationId),
    ...(await identityOptions(config)),
  })
  const demo = config.demo ? await prepareDemo(db, identity, config.store.dataDir) : undefined
  const secrets = await openSecretBox(config)
  const certificate = config.tls && (await readCertificate(config.tls))
  const page = await readPageFiles(pageFolder)
  const docs = await readDocsFiles(docsFolder)
  const contract = await readContract()
  const live = startLive({
    ...config,
    ...(config.checkpointIntervalMs && {limits: checkpointLimits(config.checkpointIntervalMs)}),
    permits: options.permits ?? streamCounts,
    db,
    log,
    access: identity,
    onFeedOpened: organizationId => bus.subscribe(organizationId),
    onFeedClosed: organizationId => bus.unsubscribe(organizationId),
    onStreamEnded: stream => ticketReleases.streamEnded(stream),
    announcePresence: config.bus.kind === 'none' ? undefined : message => bus.announcePresence(message),
  })
  let isStopping = false
  const busCounts = new BusCounts()
  const bus = await startBus(config.bus, busListenerOf(live, busCounts), log)
  const {rates, close: closeRates} = await openRateCounts(config, log, sharedRates)
  const requests = new RequestCounts()
  const divergences = new DivergenceReports(log)
  const refusedConnections = new LabeledCounts(['limit'])
  const served = servedMetrics(config, options, streamCounts, {
    live,
    requests,
    divergences,
    bus: busCounts,
    refusedConnections,
    poolUse,
    logLinesDropped: options.logLinesDropped ?? (() => 0),
  })
  const app = createApp({
    db,
    identity,
    live,
    publish(organizationId, appended) {
      live.publishCommitted(organizationId, appended)
      bus.announce(organizationId, appended)
    },
    log,
    isStopping: () => isStopping,
    rates,
    trustProxy: config.trustProxy,
    corsOrigins: config.corsOrigins,
    queryTokens: config.queryTokens,
    demo: config.demo,
    demoMembers: demo?.members,
    quotas: config.quotas,
    secrets,
    contract,
    counts: requests,
    divergences,
    metrics: metricsOnMainPort(config, served),
    page,
    docs,
  })
  const onClientError = (code?: string) => log.debug({code}, 'a request could not be read')
  const http = createHttpServer(app.callback(), {onClientError})
  const secure = certificate && createSecureServer(http, app.callback(), {...certificate, onClientError})
  const server = secure?.server ?? http
  limitConnectionsOf(server, config, maxOpenFiles, log, refusedConnections)
  let port = config.port
  let connections: Listener
  let metricsPort: MetricsPort | undefined
  try {
    if (!options.shareMetrics && served) metricsPort = await openMetricsPort(config, served, rates, log)
    if (listener) connections = listener(server)
    else ({port, connections} = await listenOn(server, config))
  } catch (error) {
    await metricsPort?.close()
    await live.drain()
    await ticketReleases.stop()
    await lastSeen.stop()
    await bus.close()
    closeRates()
    throw error
  }
  const stopWatching =
    secure && watchCertificate(secure.server, {current: certificate!, files: config.tls!, log})
  const stopPruning = startPruning({db, log, eventRetentionDays: config.eventRetentionDays})
  const stopCounting = startCountingSprintDays({db, log})
  const url = urlOf(config, port)
  return {
    url,
    metricsUrl: metricsPort?.url,
    instructions: demo && describeDemo(demo, url),
    announceStop,
    async stop() {
      announceStop()
      stopWatching?.()
      // Earlier, during DRAIN_DELAY_SECONDS, a new connection of HTTP/2 would be refused.
      secure?.closeGracefully()
      const closed = connections.close()
      await live.drain()
      const stopClosing = closeConnections(http, secure, responseTimeoutMs)
      await closed
      stopClosing()
      closeRates()
      await metricsPort?.close()
      const closing = closeStore()
      // If Postgres does not respond, the connections to Postgres may stay open for a long time. The server no longer
      // needs these connections.
      await (config.store.kind === 'postgres' ? Promise.race([closing, delay(closeTimeoutMs)]) : closing)
    },
  }

  async function closeStore(): Promise<void> {
    await Promise.all([stopPruning(), stopCounting(), ticketReleases.stop(), lastSeen.stop()])
    await bus.close()
    await close()
  }

  function announceStop(): void {
    if (isStopping) return
    isStopping = true
    closeAfterResponse(http)
  }
}

const closeTimeoutMs = 1_000

type ServedMetrics = Pick<MetricsAccess, 'read' | 'listOrganizations'>

/** Returns undefined when no setting asks for metrics. The metrics of Node need a timer, so they are not always on. */
function servedMetrics(
  {metricsPort, metricsToken}: Config,
  {shareMetrics}: ServeOptions,
  streamCounts: StreamCounts,
  sources: MetricSources,
): ServedMetrics | undefined {
  if (metricsPort === undefined && metricsToken === undefined) return undefined
  const readOwn = createReader(serverMetrics(sources))
  if (shareMetrics) return shareMetrics(readOwn)
  return {
    read: async () => formatMetrics([await readOwn()]),
    listOrganizations: async () => streamCounts.topOrganizations(maxListedOrganizations),
  }
}

/** The main port serves the metrics only when METRICS_PORT is not set. */
function metricsOnMainPort(
  {metricsPort, metricsToken: token}: Config,
  served: ServedMetrics | undefined,
): MetricsAccess | undefined {
  return metricsPort === undefined && token !== undefined && served ? {token, ...served} : undefined
}

// The folders into which `npm run build` writes the page and the documentation. The relative paths are the same from
// dist/commands and from src/commands.
const pageFolder = fileURLToPath(new URL('../../dist/page', import.meta.url))
const docsFolder = fileURLToPath(new URL('../../dist/docs', import.meta.url))

async function identityOptions(config: Config): Promise<Omit<IdentityOptions, 'db'>> {
  if (!config.demo) return config
  return {auth: {kind: 'secret', secret: await readDemoSecret(config.store.dataDir)}, defaultRole: 'viewer'}
}

function warnAboutPlainKeySet(auth: KeySource, log: Logger): void {
  if (auth.kind !== 'jwks' || !auth.url.startsWith('http:')) return
  log.warn(
    'AUTH_JWKS_URL is not https, so an attacker on the network could replace the keys that verify tokens',
  )
}

async function openSecretBox(config: Config): Promise<SecretBox | undefined> {
  const demoKey = config.demo ? await readDemoSecret(config.store.dataDir, 'demo-secrets-key') : undefined
  const key = config.secretsKey ?? demoKey
  return key === undefined ? undefined : createSecretBox(key)
}

async function listenOn(server: NetServer, config: Config): Promise<{port: number; connections: Listener}> {
  const port = await listen(server, config)
  return {
    port,
    connections: {
      async close() {
        const closed = once(server, 'close')
        // The `close` method of http.Server would destroy idle connections immediately. The `close` method of
        // net.Server only stops accepting connections.
        NetServer.prototype.close.call(server)
        await closed
      },
    },
  }
}

function closeAfterResponse(server: Server): void {
  // When a request arrives on an idle connection, the server responds to the request and then closes the
  // connection. If the server closed idle connections immediately, a request that the client has already sent would
  // fail.
  server.prependListener('request', (_, res) => res.setHeader('Connection', 'close'))
}

const idleGraceMs = 1_000 // enough time for a client to send its next request on an open connection

/**
 * Closes idle connections at intervals. After `timeoutMs` milliseconds, closes all connections. The returned function
 * stops both timers.
 */
function closeConnections(http: Server, secure: SecureServer | undefined, timeoutMs: number): () => void {
  const closeIdle = setInterval(() => http.closeIdleConnections(), idleGraceMs)
  const closeAll = setTimeout(() => {
    http.closeAllConnections()
    secure?.destroyAll()
  }, timeoutMs)
  return () => {
    clearInterval(closeIdle)
    clearTimeout(closeAll)
  }
}
