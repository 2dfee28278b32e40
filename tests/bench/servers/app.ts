/** Creates the complete app with a store, in the same way as `serve`. Adds functions for the bench. */
import {randomBytes} from 'node:crypto'
import {sql} from 'kysely'
import {pino} from 'pino'
import {createApp} from '../../../src/app.ts'
import type {Bus} from '../../../src/bus/bus.ts'
import {type BusConfig, startBus} from '../../../src/bus/start-bus.ts'
import {busListenerOf} from '../../../src/commands/bus-listener.ts'
import {readConfig} from '../../../src/config.ts'
import type {Publish} from '../../../src/http/commit-and-publish.ts'
import {createHttpServer} from '../../../src/http/http-server.ts'
import {createIdentity, type Identity} from '../../../src/identity/identity.ts'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {BurstLimits} from '../../../src/limits/burst-limits.ts'
import {LimiterCounts} from '../../../src/limits/rate-counts.ts'
import type {LiveLimits} from '../../../src/live/limits.ts'
import type {Live, LiveOptions} from '../../../src/live/live.ts'
import {type Database, openStore} from '../../../src/store/connection.ts'
import {migrate} from '../../../src/store/migrate.ts'
import {listen, type ServerOptions} from './run-server.ts'

export interface AppOptions extends ServerOptions {
  /** The URL of a Postgres database. Without a URL, the app uses the embedded store. */
  databaseUrl?: string
  /** The folder of the embedded store. Without a folder, the store is in memory. */
  dataDir?: string
  /** The maximum number of connections to Postgres. Default: the default of the store. */
  poolSize?: number
  /** The maximum number of changes of an organization per minute. Default: a limit that the bench never reaches. */
  maxChangesPerMinute?: number
  /** The limits of the live engine that differ from the defaults. */
  limits?: Partial<LiveLimits>
  /** The bus that announces the events to other processes. Default: no bus. */
  bus?: BusConfig
}

export interface RunningApp {
  port: number
  db: Database
  identity: Identity
  live: Live
  /** The secret that signs the tokens. */
  secret: string
  tokenFor(subject: string, organization: string): Promise<string>
  /** Opens this number of connections to the database at the same time. The connections stay open in the pool. */
  fillPool(connections: number): Promise<void>
}

// Log lines are formatted as in production, and then discarded.
export const log = pino(
  {level: 'info'},
  pino.destination({dest: '/dev/null', sync: false, minLength: 4096, periodicFlush: 100}),
)

// The bench does not reach these limits, but the server counts the requests in the same way as in production.
const highLimits = {
  changesPerUser: 10_000_000,
  changesPerOrganization: 10_000_000,
  deliveriesPerOrganization: 10_000_000,
  streamOpensPerUser: 10_000_000,
  presenceUpdatesPerUser: 10_000_000,
  refusalsPerAddress: 10_000_000,
  refusedDeliveriesPerProject: 10_000_000,
  signInsPerAddress: 10_000_000,
}

/** The live engine calls these functions when it opens or closes a feed, so that a bus can follow the feeds. */
export type FeedListener = Pick<LiveOptions, 'onFeedOpened' | 'onFeedClosed'>

export async function startApp(
  {databaseUrl, dataDir, poolSize, maxChangesPerMinute, bus: busConfig = {kind: 'none'}}: AppOptions,
  startLive: (db: Database, identity: Identity, feeds: FeedListener) => Live,
): Promise<RunningApp> {
  const {db} = await openStore({
    ...(databaseUrl && {url: databaseUrl}),
    ...(dataDir && {dataDir}),
    ...(poolSize && {poolSize}),
  })
  await migrate(db)
  const secret = randomBytes(32).toString('hex')
  const identity = createIdentity({
    db,
    auth: {kind: 'secret', secret},
    defaultRole: 'member',
    followedSince: organizationId => live.followedSince(organizationId),
  })
  const live: Live = startLive(db, identity, {
    onFeedOpened: id => bus.subscribe(id),
    onFeedClosed: id => bus.unsubscribe(id),
  })
  const bus: Bus = await startBus(busConfig, busListenerOf(live), log)
  const publish: Publish = (id, appended) => {
    live.publishCommitted(id, appended)
    bus.announce(id, appended)
  }
  const limits = {...highLimits, ...(maxChangesPerMinute && {changesPerOrganization: maxChangesPerMinute})}
  const rates = new BurstLimits(new LimiterCounts(limits))
  const {quotas} = readConfig({})
  const app = createApp({db, identity, live, publish, log, rates, corsOrigins: [], demo: false, quotas})
  return {
    port: await listen(createHttpServer(app.callback())),
    db,
    identity,
    live,
    secret,
    tokenFor: (subject, organization) => mintToken({secret}, {subject, organization, lifetime: 3600}),
    async fillPool(connections) {
      await Promise.all(Array.from({length: connections}, () => sql`select pg_sleep(0.1)`.execute(db)))
    },
  }
}
