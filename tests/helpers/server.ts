// Starts a complete server on its own port, and creates API clients that call the server as members:
//
//   const server = await startServer()
//   test.after.always(() => server.close())
//   const {status, body} = await server.as({sub: 'ada', org: 'acme', role: 'member'}).get('/projects')
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {promisify} from 'node:util'
import {sql} from 'kysely'
import {type Logger, pino} from 'pino'
import {type AppDeps, createApp} from '../../src/app.ts'
import type {Caller, Role} from '../../src/board/member.ts'
import type {Quotas} from '../../src/board/quotas.ts'
import {readConfig} from '../../src/config.ts'
import {apiPrefix} from '../../src/http/api.ts'
import {readContract} from '../../src/http/contract-file.ts'
import type {DocsFiles} from '../../src/http/docs-files.ts'
import {createHttpServer, type HttpServerOptions} from '../../src/http/http-server.ts'
import type {PageFiles} from '../../src/http/page-files.ts'
import type {DemoMembers} from '../../src/http/session.ts'
import {type Clock, createIdentity, type Identity} from '../../src/identity/identity.ts'
import {LastSeen} from '../../src/identity/last-seen.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {BurstLimits} from '../../src/limits/burst-limits.ts'
import {LimiterCounts, noRateLimits, type RateLimits} from '../../src/limits/rate-counts.ts'
import {type Live, type LiveOptions, startLive} from '../../src/live/live.ts'
import {type Database, openStore, type Store} from '../../src/store/connection.ts'
import {readHead} from '../../src/store/event-log.ts'
import {migrate} from '../../src/store/migrate.ts'
import {createSecretBox} from '../../src/store/secret-box.ts'
import {defaultTimeLimits} from '../../src/store/time-limits.ts'
import {openEmbeddedStore} from './data-folder.ts'
import {requireContract} from './keeps-contract.ts'
import {openNewStore} from './new-store.ts'
import {createBoard} from './organization.ts'

export interface ServerOptions {
  /**
   * The server caches its lookups of callers. This clock measures the age of the cached lookups. Default: the system’s
   * clocks.
   */
  clock?: Clock
  /**
   * The URL of a database. Default: a new Postgres database, or an embedded database when this machine has no Postgres.
   */
  databaseUrl?: string
  /** Opens a new embedded store instead of a database on Postgres. Default false. */
  embedded?: boolean
  /** A store that another server has opened and will close. Default: the server opens its own store. */
  store?: Store
  /** Options of the live engine. By default, the limits are very high, and heartbeats are 15 seconds apart. */
  live?: Partial<Omit<LiveOptions, 'db' | 'log'>>
  corsOrigins?: readonly string[]
  demo?: boolean
  /** Null disables webhook secrets. Default: a fixed key. */
  secretsKey?: string | null
  /** The result of `buildPage`. Default: the server serves no page. */
  page?: PageFiles
  /** The result of `buildDocs`. Default: the server serves no documentation. */
  docs?: DocsFiles
  /** Default: no limits. */
  rateLimits?: Partial<RateLimits>
  /** Default 0. */
  trustProxy?: number
  /** Default true. */
  queryTokens?: boolean
  /** Default: the defaults of the server, but idle connections stay open for ten minutes. */
  http?: HttpServerOptions
  /** Replaces the default limits. */
  quotas?: Partial<Quotas>
}

export interface Server {
  /** The origin, without a trailing slash. */
  url: string
  db: Database
  store: Store
  identity: Identity
  /** Stores the times of requests only when a test calls `write`. */
  lastSeen: LastSeen
  live: Live
  quotas: Quotas
  /** The log lines of level debug and above, parsed. */
  log: Record<string, unknown>[]
  tokenFor(who: Who): Promise<string>
  /** Returns the number of open connections. */
  connections(): Promise<number>
  /** An API client that checks every response against the contract. */
  as(who: Who): Client
  /** Creates a board as Ada. Ada and Bob have the role member, Vic is a viewer, and Root is an admin. */
  team(organization: string): Promise<Team>
  /**
   * Returns all rows that a change could alter, and the head of the log. A test compares the results before and after a
   * request that must change nothing.
   */
  stateOf(organizationId: string): Promise<unknown>
  close(): Promise<void>
}

/** The claims of a token, which describe a member. */
export interface Who {
  sub: string
  org: string
  role?: Role
  name?: string
  /** Seconds until the token expires; negative for an expired token. Default 3600. */
  lifetime?: number
}

export interface Client {
  get(path: string, headers?: Headers): Promise<Answer>
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  put(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Headers): Promise<Answer>
  delete(path: string, headers?: Headers): Promise<Answer>
  /** The response of `GET /me`. */
  caller(): Promise<Caller>
}

type Headers = Record<string, string>

export interface Answer {
  status: number
  headers: globalThis.Headers
  /** The parsed body, or undefined when the body is empty. */
  body: any
}

export type Team = Record<'ada' | 'bob' | 'vic' | 'root', Client> &
  Awaited<ReturnType<typeof createBoard>> & {organizationId: string}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const {corsOrigins = [], demo = false, secretsKey = 'x'.repeat(32), page, docs} = options
  const log: Record<string, unknown>[] = []
  const logger = pino({level: 'debug'}, {write: line => log.push(JSON.parse(line))})
  const store = options.store ?? (await openStoreFor(options))
  const {db} = store
  await migrate(db)
  const secret = randomBytes(32).toString('hex')
  const lastSeen = new LastSeen({
    db,
    onError: error => logger.error({err: error}, 'the last requests could not be stored'),
    writeIntervalMs: 2 ** 31 - 1,
  })
  const identity = createIdentity({
    db,
    auth: {kind: 'secret', secret},
    defaultRole: 'viewer',
    followedSince: organizationId => live.followedSince(organizationId),
    onAuthenticated: caller => lastSeen.note(caller),
    ...(options.clock && {clock: options.clock}),
  })
  const live = startLive({...roomyLive, ...options.live, db, log: logger, access: identity})
  const secrets = secretsKey === null ? undefined : createSecretBox(secretsKey)
  const demoMembers = demo ? demoMembersOf(secret) : undefined
  const quotas = {...readConfig({}).quotas, ...options.quotas}
  const {url, connections, stop} = await listen(
    {
      db,
      quotas,
      identity,
      live,
      publish: live.publishCommitted,
      log: logger,
      corsOrigins,
      demo,
      demoMembers,
      secrets,
      contract: await readContract(),
      page,
      docs,
      rates: new BurstLimits(new LimiterCounts({...noRateLimits.limits, ...options.rateLimits})),
      trustProxy: options.trustProxy,
      queryTokens: options.queryTokens,
    },
    options.http ?? {},
  )

  const tokenFor = ({sub, org, role, name, lifetime = 3600}: Who) =>
    mintToken({secret}, {subject: sub, organization: org, role, name, lifetime})
  const as = (who: Who) => client(url, tokenFor(who))

  return {
    url,
    db,
    store,
    identity,
    lastSeen,
    live,
    quotas,
    log,
    tokenFor,
    connections,
    as,
    async team(org) {
      const ada = as({sub: 'ada', org, role: 'member', name: 'Ada'})
      const bob = as({sub: 'bob', org, role: 'member', name: 'Bob'})
      const vic = as({sub: 'vic', org, role: 'viewer', name: 'Vic'})
      const root = as({sub: 'root', org, role: 'admin', name: 'Root'})
      const caller = await ada.caller()
      for (const other of [bob, vic, root]) await other.caller()
      return {ada, bob, vic, root, organizationId: caller.organization_id, ...(await createBoard(db, caller))}
    },
    async stateOf(organizationId) {
      const tables = [
        'members',
        'api_keys',
        'projects',
        'labels',
        'sprints',
        'stories',
        'tasks',
        'comments',
        'escalations',
        'notifications',
        'activities',
      ] as const
      const rowsOf = (table: (typeof tables)[number]) => sql`
        select ${sql.lit(table)} as table, jsonb_pretty(jsonb_agg(to_jsonb(r) order by r.id)) as rows
        from ${sql.table(table)} r where r.organization_id = ${organizationId}`
      // All tables are read in one statement, because some test files call this function thousands of times.
      const statement = sql`${sql.join(tables.map(rowsOf), sql` union all `)}`
      return {head: await readHead(db, organizationId), tables: (await statement.execute(db)).rows}
    },
    async close() {
      await live.drain()
      await stop()
      if (!options.store) await store.close()
    },
  }
}

async function openStoreFor({databaseUrl, embedded}: ServerOptions): Promise<Store> {
  // Some test files send hundreds of requests at the same time. On a busy machine, a request may have to wait for a
  // connection, or between two statements of its transaction, for longer than the default limits.
  const options = {
    acquireTimeoutMs: 60_000,
    timeLimits: {...defaultTimeLimits, idleInTransactionMs: 60_000},
  }
  if (databaseUrl) return openStore({url: databaseUrl, ...options})
  return embedded ? openEmbeddedStore() : openNewStore(options)
}

function demoMembersOf(secret: string): DemoMembers {
  const list = [
    {handle: 'ada', name: 'Ada Lovelace', role: 'admin'},
    {handle: 'grace', name: 'Grace Hopper', role: 'member'},
  ] as const
  return {
    list,
    mintToken(handle) {
      const {name, role} = list.find(member => member.handle === handle)!
      return mintToken({secret}, {subject: handle, organization: 'demo', role, name, lifetime: 3600})
    },
  }
}

const roomyLive = {
  heartbeatSeconds: 15,
  maxStreams: 10_000,
  maxStreamsPerOrganization: 10_000,
  maxStreamsPerUser: 10_000,
}

async function listen(deps: AppDeps & {log: Logger}, options: HttpServerOptions) {
  // `keepAliveTimeout` is longer than any test. Otherwise, the server could close a connection while a client
  // sends a request.
  const server = createHttpServer(createApp(deps).callback(), {
    keepAliveTimeoutMs: 600_000,
    onClientError: code => deps.log.debug({code}, 'a request could not be read'),
    ...options,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => promisify(server.getConnections.bind(server))(),
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function client(url: string, token: Promise<string>): Client {
  async function call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    const response = await fetch(url + apiPrefix + path, {
      method,
      headers: {
        authorization: `Bearer ${await token}`,
        'accept-encoding': 'identity', // the ETag of a compressed response would also contain the coding
        ...(body !== undefined && {'content-type': 'application/json'}),
        ...headers,
      },
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
    const answer = await readAnswer(response)
    requireContract(method, path, answer)
    return answer
  }
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    put: (path, body, headers) => call('PUT', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
    caller: async () => (await call('GET', '/me')).body,
  }
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
