/** Runs the whole app with large boards and logs. Measures holds and memory while a large request is handled. */
import {pino} from 'pino'
import {startLive} from '../../../src/live/live.ts'
import {type Pruned, prune} from '../../../src/store/pruning.ts'
import {type AppOptions, log, startApp} from './app.ts'
import {type Board, type BoardRequest, makeBoard, requestsFor} from './boards.ts'
import {type Hold, longestHold, watchHolds} from './holds.ts'
import {
  findAvailable,
  type LargeLog,
  type LargeProject,
  type LargeProjectRequest,
  makeLargeProject,
  makeLog,
  makeNotifications,
  makeTexts,
  type Texts,
} from './large-data.ts'
import {organization} from './organization.ts'
import {runServer, type ServerCommands} from './run-server.ts'

export type LargeCommands = ServerCommands & {
  /** Returns the secret that signs the tokens. */
  secret(): string
  makeBoard(board: BoardRequest): Promise<Board>
  makeProject(request: LargeProjectRequest): Promise<LargeProject>
  /** Creates tasks with different texts. */
  makeTexts(tasks: number): Promise<Texts>
  /** Returns requests that take and release available tasks of the story. */
  requestsFor(storyId: string, tasks: number): Promise<Board>
  /** Creates notifications of the member `admin`, and returns their last cursor. */
  makeNotifications(projectId: string, count: number): Promise<string>
  /** Inserts events into the log of the organization. */
  makeLog(organization: string, events: number, expired: number): Promise<LargeLog>
  prune(): Promise<Pruned>
  /** Starts to measure holds and memory. */
  watch(): void
  /** Returns the holds and the highest RSS in bytes since `watch` was called. */
  watched(): Watched
}

export interface Watched {
  hold: Hold
  highestRss: number
}

const owners = 20
const eventRetentionDays = 7
const rssIntervalMs = 20

await runServer(async (options: AppOptions) => {
  const {heartbeatSeconds, limits} = options
  const app = await startApp(options, (db, access, feeds) =>
    startLive({
      db,
      log,
      heartbeatSeconds,
      maxStreams: 1_000,
      maxStreamsPerOrganization: 1_000,
      maxStreamsPerUser: 100,
      access,
      ...(limits && {limits}),
      ...feeds,
    }),
  )
  const {db, identity, tokenFor} = app
  const callerOf = async (subject: string, ofOrganization = organization) =>
    (await identity.authenticate({token: await tokenFor(subject, ofOrganization)})).caller
  const planner = await callerOf('planner')
  const admin = await callerOf('admin')
  const ownerIds = await Promise.all(
    Array.from({length: owners}, async (_, number) => (await callerOf(`owner-${number}`)).user_id),
  )
  let timer: NodeJS.Timeout | undefined
  let highestRss = 0

  const commands: Omit<LargeCommands, keyof ServerCommands> = {
    secret: () => app.secret,
    makeBoard: board => makeBoard(app, board),
    makeProject: request => makeLargeProject(db, planner, ownerIds, request),
    makeTexts: tasks => makeTexts(db, planner, tasks),
    async requestsFor(storyId, count) {
      const token = await tokenFor('worker', organization)
      const ids = await findAvailable(db, planner, storyId, count)
      return {port: app.port, tasks: ids.map(id => requestsFor(id, token))}
    },
    makeNotifications: (projectId, count) => makeNotifications(db, admin, projectId, count),
    async makeLog(ofOrganization, events, expired) {
      return makeLog(db, (await callerOf('worker', ofOrganization)).organization_id, events, expired)
    },
    prune: () => prune({db, eventRetentionDays, log: pino({level: 'silent'})}),
    watch() {
      clearInterval(timer)
      highestRss = 0
      timer = setInterval(() => {
        highestRss = Math.max(highestRss, process.memoryUsage.rss())
      }, rssIntervalMs)
      watchHolds()
    },
    watched: () => ({hold: longestHold(), highestRss}),
  }
  return {port: app.port, commands}
})
