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
  /** A token of the member; with another `lifetime` (seconds) another token. */
  tokenFor(subject: string, organization: string, lifetime?: number): Promise<string>
}

export const log = pino({level: 'info'}, pino.destination('/dev/null'))

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
    tokenFor: (subject, organization, lifetime = 3600) =>
      mintToken({secret}, {subject, organization, lifetime}),
  }
}

/** A request as it goes over the wire. */
export function formatRequest(
  method: string,
  path: string,
  token: string,
  headers: Record<string, string> = {},
): string {
  const lines = Object.entries({Host: 'localhost', Authorization: `Bearer ${token}`, ...headers})
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} /api/v1${path} HTTP/1.1\r\n${head}\r\n`
}
