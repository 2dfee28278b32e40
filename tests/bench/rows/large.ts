/** Measures how long large requests hold up the event loop and other changes, and how much memory they need. */
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import type {Replayed} from '../load/replay.ts'
import type {Load, Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {Board} from '../servers/boards.ts'
import type {LargeCommands} from '../servers/large.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Cell, type Result} from '../table.ts'

const boardTasks = 10_000
const storyTasks = 1_000
const projectTasks = 5_000
const notifications = 5_000
const logEvents = 1_000_000
const expiredEvents = 100_000
const dashboardStories = 5_000
const readers = 10
const changesPerSecond = 20
const besideTasks = 100 // more tasks than changes can wait at the same time
const leadMs = 500 // the other changes begin this number of milliseconds before the large request
const shortMs = 4_000 // the time for the measurement of one request
const replayMs = 60_000
const pruningMs = 15_000
const slowReaderPauseMs = 100

const logOrganization = 'with a large log'

/** A large request, or other large work of the server. */
interface Act {
  name: string
  /** The tasks of the same organization that change at the same time. */
  beside: Board
  milliseconds: number
  run: () => Promise<unknown>
}

interface Measured {
  name: string
  actMs: number
  holdMs: number
  holdCpuMs: number
  /** The longest response times of changes of the same organization and of another organization. */
  sameMs: number
  otherMs: number
  failed: number
  growthMb: number
}

interface Replays {
  fast: Replayed
  slow: Replayed
}

export async function large(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const limits = {checkpointIdleMs: 500, checkpointIntervalMs: 1_000}
  const server = await processes.server('large', {databaseUrl, limits})
  const measured: Measured[] = []
  const replays = await measureAll(processes, server, measured)
  const {fast, slow} = replays
  const line = ({name, ...figures}: Measured): Cell[] => [name, ...Object.values(figures)]
  const worst = (figure: Exclude<keyof Measured, 'name'>) =>
    Math.max(...measured.map(one => one[figure]).filter(value => !Number.isNaN(value)))
  return {
    title: 'Large boards and large requests',
    columns: [
      '',
      'time ms',
      'hold ms',
      'its CPU ms',
      'same organization ms',
      'other organization ms',
      'failed',
      'RSS MB',
    ],
    lines: measured.map(line),
    notes: [
      `A hold is a time in which the event loop does not run. Other processes of the machine make a hold longer. The CPU time is that of the server's main thread. The limit applies to the CPU time.`,
      `At the same time, the same organization and another organization each make ${changesPerSecond} changes/s. The columns contain the longest response time of these changes. If possible, these changes are in the same project. RSS is the growth of the resident memory.`,
      `Each request is sent twice. The first request is the first of its kind in a new process. ${readers} streams of the organization are open.`,
      `Resume from \`earliest\`: the first event arrives after ${Math.round(fast.firstMs)} ms. One reader reads as fast as possible: ${Math.round((1000 * fast.events) / fast.milliseconds)} events/s, ${fast.events} events. The other reader pauses ${slowReaderPauseMs} ms after each read: ${slow.events} events in the same time.`,
    ],
    bars: [
      atMost('hold by a large request', 50, 'ms of CPU time', worst('holdCpuMs')),
      atMost('change beside a large request, same organization', 1_000, 'ms', worst('sameMs')),
      atMost('change beside a large request, other organization', 1_000, 'ms', worst('otherMs')),
      atMost(
        'failed changes beside a large request',
        0,
        '',
        measured.reduce((sum, {failed}) => sum + failed, 0),
      ),
    ],
  }
}

async function measureAll(
  processes: Processes,
  server: Server<LargeCommands>,
  measured: Measured[],
): Promise<Replays> {
  const {child, port, readyMark} = server
  const secret = await child.call('secret')
  const tokenOf = (ofOrganization: string) =>
    mintToken({secret}, {subject: 'admin', organization: ofOrganization, role: 'admin', lifetime: 3600})
  const token = await tokenOf(organization)
  const [streams, boardStream, pacer, sender] = [
    processes.load(),
    processes.load(),
    processes.load(),
    processes.load(),
  ]
  const open = (load: Load, path: string, count: number) =>
    load.call('open', {
      port,
      count,
      requests: [formatRequest('GET', path, token)],
      readyMark,
      maxPending: count,
    })
  const send = (method: string, path: string, body?: object) =>
    sender.call('send', {port, request: formatRequest(method, path, token, {'Accept-Encoding': 'br'}, body)})

  const other = await child.call('makeBoard', {organization: 'other', tasks: besideTasks})
  const inLog = await child.call('makeBoard', {organization: logOrganization, tasks: besideTasks})
  const log = await child.call('makeLog', logOrganization, logEvents, expiredEvents)
  const stories = boardTasks / storyTasks
  const main = await child.call('makeProject', {stories, tasksPerStory: storyTasks})
  const deleted = [
    await child.call('makeProject', {stories: 5, tasksPerStory: projectTasks / 5}),
    await child.call('makeProject', {stories: 5, tasksPerStory: projectTasks / 5}),
  ]
  const wide = await child.call('makeProject', {stories: dashboardStories, tasksPerStory: 2})
  const beside = await child.call('requestsFor', main.storyIds[0]!, besideTasks)
  const measure = async ({name, beside, milliseconds, run}: Act) => {
    const {rss} = await child.call('memory')
    await child.call('watch')
    const changes = [beside, other].map(board =>
      pacer.call('runPaced', {...board, changesPerSecond, milliseconds}),
    )
    await delay(leadMs)
    const startedAt = performance.now()
    await run()
    const actMs = performance.now() - startedAt
    const [same, others] = await Promise.all(changes)
    const {hold, highestRss} = await child.call('watched')
    measured.push({
      name,
      actMs,
      holdMs: hold.time,
      holdCpuMs: hold.cpu,
      sameMs: same!.longest,
      otherMs: others!.longest,
      failed: same!.failed + others!.failed,
      growthMb: (highestRss - rss) / 1e6,
    })
  }
  const measureTwice = async (
    name: string,
    run: (round: 0 | 1) => Promise<unknown>,
    prepare: () => Promise<unknown> = async () => {},
  ) => {
    for (const round of [0, 1] as const) {
      await prepare()
      await measure({name, beside, milliseconds: shortMs, run: () => run(round)})
    }
  }

  await open(streams, '/events/tasks', readers)
  await measureTwice('no request', async () => {})
  await measureTwice(`read a board of ${boardTasks} tasks`, () =>
    send('GET', `/sprints/${main.sprintId}/board`),
  )
  await measureTwice(`read a board of ${dashboardStories} stories`, () =>
    send('GET', `/sprints/${wide.sprintId}/board`),
  )
  await measureTwice(`read a dashboard of ${dashboardStories} stories`, () => send('GET', '/dashboard'))
  await measureTwice(`move a story of ${storyTasks} tasks`, round =>
    send('PATCH', `/stories/${main.storyIds[round + 1]}`, {sprint_id: main.nextSprintId}),
  )
  await measureTwice(`delete a project of ${projectTasks} tasks`, round =>
    send('DELETE', `/projects/${deleted[round]!.projectId}`),
  )
  await measureTwice(`delete a sprint of ${dashboardStories} stories`, round =>
    send('DELETE', `/sprints/${round === 0 ? wide.sprintId : main.nextSprintId}`),
  )
  let upTo = ''
  await measureTwice(
    `mark ${notifications} notifications as read`,
    () => send('PUT', '/notifications/read', {up_to: upTo}),
    async () => {
      upTo = await child.call('makeNotifications', main.projectId, notifications)
    },
  )
  await open(boardStream, `/events/tasks?sprint_id=${main.sprintId}`, 1)
  await measureTwice(`checkpoints of a board of ${boardTasks - 2 * storyTasks} tasks`, async () => {})
  await boardStream.call('close')

  const request = formatRequest('GET', '/events/tasks', await tokenOf(logOrganization), {
    'Last-Event-ID': 'earliest',
  })
  const replays = await new Promise<Replays>((resolve, reject) => {
    const run = async () => {
      const replay = {port, request, ...log, milliseconds: replayMs - 2 * leadMs}
      const slow = streams.call('readReplay', {...replay, pauseMs: slowReaderPauseMs})
      resolve({fast: await sender.call('readReplay', {...replay, pauseMs: 0}), slow: await slow})
    }
    const name = `resume from earliest over ${logEvents} events`
    measure({name, beside: inLog, milliseconds: replayMs, run}).catch(reject)
  })
  await measure({
    name: `prune ${expiredEvents} events`,
    beside: inLog,
    milliseconds: pruningMs,
    run: () => child.call('prune'),
  })
  return replays
}
