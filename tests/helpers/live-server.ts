/** A minimal HTTP server for the live engine. The path of each URL contains the stream request as JSON. */
import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {promisify} from 'node:util'
import {pino} from 'pino'
import type {StreamRequest} from '../../src/live/feed.ts'
import {type Live, type LiveOptions, startLive} from '../../src/live/live.ts'
import type {Database} from '../../src/store/connection.ts'
import {Stream, type StreamOptions} from './stream.ts'

export interface LiveServer {
  live: Live
  urlOf(request: AskedStream): string
  open(request: AskedStream, options?: StreamOptions): Promise<Stream>
  /** Returns the number of open connections. */
  connections(): Promise<number>
  close(): Promise<void>
}

export type AskedStream = Partial<StreamRequest> & {organizationId: string}

export async function startLiveServer(db: Database, options: Partial<LiveOptions> = {}): Promise<LiveServer> {
  const live = startLive({
    db,
    heartbeatSeconds: 15,
    maxStreams: 10_000,
    maxStreamsPerOrganization: 10_000,
    maxStreamsPerUser: 10_000,
    log: pino({level: 'silent'}),
    ...options,
  })
  const server = createServer((req, res) => {
    const requested = JSON.parse(decodeURIComponent(req.url!.slice(1))) as AskedStream
    live.open({userId: 'nobody', selection: {topics: ['tasks']}, framing: 'event', ...requested}, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  const urlOf = (request: AskedStream) =>
    `http://127.0.0.1:${port}/${encodeURIComponent(JSON.stringify(request))}`
  return {
    live,
    urlOf,
    open: (request, options) => Stream.open(urlOf(request), options),
    connections: () => promisify(server.getConnections.bind(server))(),
    async close() {
      await live.drain()
      server.close()
      server.closeAllConnections()
    },
  }
}
