/** Our whole app over a real store, as `serve` puts it together, with handles for the bench. */
import {randomBytes} from 'node:crypto'
import {createServer} from 'node:http'
import {pino} from 'pino'
import {createApp} from '../../../src/app.ts'
import {createIdentity, type Identity} from '../../../src/identity/identity.ts'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Live} from '../../../src/live/live.ts'
import {type Database, openStore} from '../../../src/store/connection.ts'
import {migrate} from '../../../src/store/migrate.ts'
import {listen, type ServerOptions} from './run-server.ts'

export interface AppOptions extends ServerOptions {
  /** A Postgres server; absent: the embedded store. */
  databaseUrl?: string
  /** Folder of the embedded store; absent: in memory. */
  dataDir?: string
  /** Connections to Postgres at the most; absent: the store's default. */
  poolSize?: number
}

export interface RunningApp {
  port: number
  db: Database
  identity: Identity
  live: Live
  /** What signs its tokens. */
  secret: string
  tokenFor(subject: string, organization: string): Promise<string>
}

// As the server itself logs, but to nowhere.
export const log = pino(
  {level: 'info'},
  pino.destination({dest: '/dev/null', sync: false, minLength: 4096, periodicFlush: 100}),
)

export async function startApp(
  {databaseUrl, dataDir, poolSize}: AppOptions,
  startLive: (db: Database) => Live,
): Promise<RunningApp> {
  const {db} = await openStore({
    ...(databaseUrl && {url: databaseUrl}),
    ...(dataDir && {dataDir}),
    ...(poolSize && {poolSize}),
  })
  await migrate(db)
  const secret = randomBytes(32).toString('hex')
  const identity = createIdentity({db, auth: {kind: 'secret', secret}, defaultRole: 'member'})
  const live = startLive(db)
  const app = createApp({db, identity, live, log, corsOrigins: [], demo: false})
  return {
    port: await listen(createServer(app.callback())),
    db,
    identity,
    live,
    secret,
    tokenFor: (subject, organization) => mintToken({secret}, {subject, organization, lifetime: 3600}),
  }
}
