/** Runs Boardcast: the whole app, with authenticated streams. */
import type {Identity} from '../../../src/identity/identity.ts'
import {type Live, startLive} from '../../../src/live/live.ts'
import type {Database} from '../../../src/store/connection.ts'
import {watchStatements} from '../../helpers/statements.ts'
import {requestsOf} from '../requests.ts'
import {type AppOptions, log, startApp} from './app.ts'
import {type BoardRequest, makeBoard, statementsOf} from './boards.ts'
import {appendMissed, openFeed} from './feeds.ts'
import {organization} from './organization.ts'
import {knowReaders} from './readers.ts'
import {runServer, type ServerCommands} from './run-server.ts'
import {prepareTicker} from './ticker.ts'

/** The commands that Boardcast has in addition to the common commands of all servers. */
export type BoardcastCommands = ServerCommands & {
  knowReaders(count: number): Promise<void>
  /** Returns the secret that signs the tokens. */
  secret(): string
  /** Returns the number of open streams and waiting polls. */
  streams(): number
  /** Appends events to the log; returns the cursor before these events. */
  appendMissed(events: number): Promise<string>
  makeBoard(board: BoardRequest): ReturnType<typeof makeBoard>
  statementsOf(organization: string, taskId: string): ReturnType<typeof statementsOf>
  /** Returns how many statements have been sent to the database. */
  statements(): number
  /** The request that opens a stream of ticks. */
  tickerRequest(): string
  startTicker(milliseconds: number): void
}

// The limits are higher than the number of streams that the bench opens.
const maxStreams = 1_000_000

await runServer(async (options: AppOptions) => {
  const {heartbeatSeconds} = options
  let statements = 0
  watchStatements(() => statements++)
  const app = await startApp(options, (db, access) => startRoomyLive(db, access, heartbeatSeconds))
  await knowReaders(app, 1)
  const feed = await openFeed(app, await app.tokenFor('feeder', organization))
  const ticker = await prepareTicker(app)
  const commands: Omit<BoardcastCommands, keyof ServerCommands> = {
    knowReaders: count => knowReaders(app, count),
    secret: () => app.secret,
    streams: () => app.live.stats().streams,
    appendMissed: events => appendMissed(app, feed, events),
    makeBoard: board => makeBoard(app, board),
    statementsOf: (organization, taskId) => statementsOf(app, organization, taskId),
    statements: () => statements,
    tickerRequest: () => ticker.request,
    startTicker: milliseconds => ticker.start(milliseconds),
  }
  const [request] = await requestsOf({secret: app.secret, count: 1, distinct: false, round: 0})
  return {
    port: app.port,
    request: request!,
    broadcast(events) {
      for (const {data} of events) feed.publish(data)
    },
    commands,
  }
})

function startRoomyLive(db: Database, access: Identity, heartbeatSeconds: number): Live {
  return startLive({
    db,
    access,
    log,
    heartbeatSeconds,
    maxStreams,
    maxStreamsPerOrganization: maxStreams,
    maxStreamsPerUser: maxStreams,
    // Disables polls, because a poll would detect that the events of the bench are not in the log.
    limits: {pollIntervalMs: 2 ** 31 - 1},
  })
}
