/** Runs the whole app like `serve`, with the default limits of the live engine. */
import {type LiveStats, startLive} from '../../../src/live/live.ts'
import {type AppOptions, log, startApp} from './app.ts'
import {type BigProject, type BigProjectRequest, makeBigProject} from './big-projects.ts'
import {type BoardRequest, makeBoard} from './boards.ts'
import {type Committed, startCommits} from './commits.ts'
import {type Hold, longestHold, runsDatabaseInWorker, watchHolds} from './holds.ts'
import {runServer, type ServerCommands} from './run-server.ts'

export type DefaultsCommands = ServerCommands & {
  /** Returns the secret that signs the tokens. */
  secret(): string
  makeBoard(board: BoardRequest): ReturnType<typeof makeBoard>
  makeBigProject(request: BigProjectRequest): Promise<BigProject>
  /** Returns whether the event loop stays free while the embedded database runs a long statement. */
  runsDatabaseInWorker(): Promise<boolean>
  /** Returns the number of open streams and feeds. */
  liveStats(): LiveStats
  /** Returns the numbers of timers, sockets and other resources that keep the event loop alive. The keys are kinds. */
  handles(): Record<string, number>
  /** Starts to measure holds. A hold is a time in which the event loop is blocked. */
  watchHolds(): void
  /** Returns the longest time and the highest CPU time of a hold since `watchHolds` was called. */
  longestHold(): Hold
  /** Opens as many connections to the database as the pool allows. */
  fillPool(): Promise<void>
  /** Commits events at even intervals. This process does not publish these events. */
  startCommits(organization: string, milliseconds: number): Promise<void>
  /** Returns the events that were committed since `startCommits` was called. */
  committed(): readonly Committed[]
}

await runServer(async (options: AppOptions) => {
  const {heartbeatSeconds, limits, poolSize = 10} = options
  const app = await startApp(options, (db, access, feeds) =>
    startLive({
      db,
      log,
      heartbeatSeconds,
      maxStreams: 100_000,
      maxStreamsPerOrganization: 50_000,
      maxStreamsPerUser: 100,
      access,
      ...(limits && {limits}),
      ...feeds,
    }),
  )
  let committed: readonly Committed[] = []
  const commands: Omit<DefaultsCommands, keyof ServerCommands> = {
    secret: () => app.secret,
    makeBoard: board => makeBoard(app, board),
    makeBigProject: request => makeBigProject(app, request),
    runsDatabaseInWorker: () => runsDatabaseInWorker(app.db),
    liveStats: () => app.live.stats(),
    handles: countHandles,
    watchHolds,
    longestHold,
    fillPool: () => app.fillPool(poolSize),
    async startCommits(organization, milliseconds) {
      committed = await startCommits(app, organization, milliseconds)
    },
    committed: () => committed,
  }
  return {port: app.port, commands}
})

function countHandles(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
