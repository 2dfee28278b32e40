/** `boardcast serve`: starts and stops the server. */
import {once} from 'node:events'
import {createServer, type Server} from 'node:http'
import {type AddressInfo, Server as NetServer} from 'node:net'
import {fileURLToPath} from 'node:url'
import type {Logger} from 'pino'
import {createApp} from '../app.ts'
import {startBus} from '../bus/start-bus.ts'
import type {Config} from '../config.ts'
import {describeDemo, prepareDemo, readDemoSecret} from '../demo.ts'
import {handleClientErrors} from '../http/client-errors.ts'
import {readPageFiles} from '../http/page-files.ts'
import {createIdentity, type IdentityOptions} from '../identity/identity.ts'
import {startLive} from '../live/live.ts'
import {openStore, type Store} from '../store/connection.ts'
import {migrate} from '../store/migrate.ts'
import {startPruning} from '../store/pruning.ts'
import {createSecretBox, type SecretBox} from '../store/secret-box.ts'
import {CommandError} from './command-error.ts'

export interface RunningServer {
  /** The address of the server, such as `http://127.0.0.1:8080`. */
  url: string
  /** First steps for a person who tries the demo. Undefined when the server is not a demo. */
  instructions: string | undefined
  /** Stops listening, ends the streams, waits for open requests, and closes the store. */
  stop(): Promise<void>
}

/**
 * Starts the server. Resolves when the server listens. If the start fails, everything that was started is stopped. When
 * the server stops, it waits at most `responseTimeoutMs` milliseconds for open requests, and then closes every
 * connection. Default 5,000.
 */
export async function serve(
  config: Config,
  log: Logger,
  {responseTimeoutMs = 5_000} = {},
): Promise<RunningServer> {
  const onConnectionLost = (err: Error) => log.warn({err}, 'a database connection was lost')
  const store = await openStore({...config.store, onConnectionLost})
  try {
    return await serveStore(store, config, log, responseTimeoutMs)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function serveStore(
  {db, close}: Store,
  config: Config,
  log: Logger,
  responseTimeoutMs: number,
): Promise<RunningServer> {
  await migrate(db)
  const identity = createIdentity({db, ...(await identityOptions(config))})
  const demo = config.demo ? await prepareDemo(db, identity, config.store.dataDir) : undefined
  const secrets = await openSecretBox(config)
  const page = await readPageFiles(pageFolder)
  const live = startLive({
    ...config,
    db,
    log,
    onEpoch: identity.observeEpoch,
    onFeedOpened: organizationId => bus.subscribe(organizationId),
    onFeedClosed: organizationId => bus.unsubscribe(organizationId),
  })
  const bus = startBus(config.bus, {onAppended: live.publish, onGap: live.checkLogs}, log)
  const app = createApp({
    db,
    identity,
    live,
    publish(organizationId, appended) {
      live.publish(organizationId, appended)
      bus.announce(organizationId, appended)
    },
    log,
    corsOrigins: config.corsOrigins,
    demo: config.demo,
    demoMembers: demo?.members,
    secrets,
    page,
  })
  const server = createServer(serverOptions, app.callback())
  handleClientErrors(server)
  try {
    await listen(server, config)
  } catch (error) {
    await live.drain()
    await bus.close()
    throw error
  }
  const stopPruning = startPruning({db, log, eventRetentionDays: config.eventRetentionDays})
  const url = urlOf(server, config.host)
  return {
    url,
    instructions: demo && describeDemo(demo, url),
    async stop() {
      const closed = closeServer(server, responseTimeoutMs)
      await live.drain()
      await stopPruning()
      await closed
      await bus.close()
      await close()
    },
  }
}

// The folder into which `npm run build` writes the page. The relative path is the same from dist/commands and from
// src/commands.
const pageFolder = fileURLToPath(new URL('../../dist/page', import.meta.url))

async function identityOptions(config: Config): Promise<Omit<IdentityOptions, 'db'>> {
  if (!config.demo) return config
  return {auth: {kind: 'secret', secret: await readDemoSecret(config.store.dataDir)}, defaultRole: 'viewer'}
}

async function openSecretBox(config: Config): Promise<SecretBox | undefined> {
  const demoKey = config.demo ? await readDemoSecret(config.store.dataDir, 'demo-secrets-key') : undefined
  const key = config.secretsKey ?? demoKey
  return key === undefined ? undefined : createSecretBox(key)
}

const serverOptions = {
  maxHeaderSize: 16 * 1024, // bytes of the URL and all headers; enough for one token in the URL and one in a header
  headersTimeout: 20_000, // milliseconds, like the timeouts below
  requestTimeout: 30_000, // the time to receive a request; a response, such as a stream, can take longer
  // Load balancers usually close an idle connection after 60 s. With a shorter timeout, the server could close a
  // connection at the moment when a load balancer sends a request on this connection.
  keepAliveTimeout: 65_000,
}

// The maximum number of connections that wait to be accepted. The number is high, because after a restart all clients
// reconnect at the same time.
const backlog = 4096

/** Throws CommandError when the address is unavailable. */
async function listen(server: Server, {host, port}: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({host, port, backlog}, resolve)
  }).catch(cause => {
    throw new CommandError(explainListenError(cause, host, port), {cause})
  })
}

function explainListenError({code, message}: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use. Stop the program that uses this port, or change PORT.`
    case 'EACCES':
      return `This user is not allowed to listen on port ${port} of ${host}. Set PORT to 1024 or more.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Set HOST to an address of this machine.`
    default:
      return `Cannot listen on port ${port} of ${host}: ${message}`
  }
}

/** Returns an address that a client on this machine can use, even when the server listens on all interfaces. */
function urlOf(server: Server, host: string): string {
  const {port} = server.address() as AddressInfo
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const idleGraceMs = 1_000 // enough time for a client to send its next request on an open connection

/** Stops listening immediately. Resolves when the last connection has ended. */
async function closeServer(server: Server, responseTimeoutMs: number): Promise<void> {
  // When a request arrives on an idle connection, the server responds to the request, and the response ends the
  // connection. If the server closed idle connections immediately, a request that the client has already sent would
  // fail.
  server.prependListener('request', (_, res) => res.setHeader('Connection', 'close'))
  const closed = once(server, 'close')
  // The `close` method of http.Server would destroy idle connections immediately. The `close` method of net.Server
  // only stops accepting connections.
  NetServer.prototype.close.call(server)
  const closeIdle = setInterval(() => server.closeIdleConnections(), idleGraceMs)
  const closeAll = setTimeout(() => server.closeAllConnections(), responseTimeoutMs)
  await closed
  clearInterval(closeIdle)
  clearTimeout(closeAll)
}
