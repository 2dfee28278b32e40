/**
 * Measures two things: the memory of the demo, and how long a large change blocks the event loop of a server with
 * the embedded store.
 */
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {checkout} from '../build.ts'
import type {Processes, Server} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import type {BigProject} from '../servers/big-projects.ts'
import type {DefaultsCommands} from '../servers/defaults.ts'
import {type Hold, heldFor} from '../servers/holds.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Result} from '../table.ts'

const settleMs = 4_000 // the time from the start of the program to the measurement of the program's memory
const deliveryMs = 2_000 // enough time for the readers to receive the events of a change
const readers = 10
const storyTasks = 1000
const projectStories = 5
const projectTasks = 5000

interface Holds {
  idle: Hold
  move: Hold
  deletion: Hold
}

export async function embedded(processes: Processes): Promise<Result> {
  const memory = await measureMemory(processes)
  const holds = await measureHolds(processes)
  const isBuilt = existsSync(join(checkout, 'dist/page/index.html'))
  const [first, warm] = holds
  const page = isBuilt ? 'The page is built.' : 'The page is not built, so its files are not in memory.'
  const line = (name: string, holdOf: (holds: Holds) => Hold) => [
    name,
    ...[first, warm].map(holdOf).flatMap(({time, cpu}) => [time, cpu]),
  ]
  return {
    title: 'The demo with the embedded database',
    columns: ['measurement', 'first', 'its CPU ms', 'second', 'its CPU ms'],
    lines: [
      ['RSS MB after a start', memory[0], null, memory[1], null],
      line(`longest hold ms: move a story of ${storyTasks} tasks`, ({move}) => move),
      line(`longest hold ms: delete a project of ${projectTasks} tasks`, ({deletion}) => deletion),
      line('longest hold ms: nothing to do', ({idle}) => idle),
    ],
    notes: [
      `RSS is the resident memory of the process ${settleMs / 1000} s after it listens. The first start creates the database. The second start opens it. ${page}`,
      `A hold is a time in which the event loop does not run. A timer in the server, which should run every 2 ms, measures the holds. Other processes of the machine make a hold longer. The CPU time is that of the server's main thread. The limit applies to the CPU time; on systems other than Linux, it applies to the time of the hold. The first move and the first deletion are the first in a new process. The second move is of another story, and the second deletion is of another project. ${readers} streams of the organization are open.`,
      'The row fails when the database does not run in a worker thread. The member who makes the changes has not created the tasks, and no member owns the tasks.',
    ],
    bars: [
      atMost('RSS of the demo after the first start', 300, 'MB', memory[0]),
      atMost('RSS of the demo after the second start', 220, 'MB', memory[1]),
      atMost(`hold when ${storyTasks} tasks move`, 50, 'ms', heldFor(first.move, warm.move)),
      atMost(`hold when ${projectTasks} tasks are deleted`, 50, 'ms', heldFor(first.deletion, warm.deletion)),
    ],
  }
}

/** Starts the demo twice. Returns the resident memory of the demo in megabytes after each start. */
async function measureMemory(processes: Processes): Promise<[number, number]> {
  const dataDir = join(processes.folder(), 'data')
  const start = async () => {
    const demo = await processes.program({DATA_DIR: dataDir})
    await delay(settleMs)
    const rss = demo.rss() / 1e6
    await demo.stop()
    return rss
  }
  return [await start(), await start()]
}

async function measureHolds(processes: Processes): Promise<[Holds, Holds]> {
  const dataDir = join(processes.folder(), 'data')
  // Another process creates the projects, so that the measured process makes only the measured changes.
  const maker = await processes.server('defaults', {dataDir})
  const make = (stories: number, tasksPerStory: number) =>
    maker.child.call('makeBigProject', {stories, tasksPerStory})
  const moved = [await make(1, storyTasks), await make(1, storyTasks)]
  const tasksPerStory = projectTasks / projectStories
  const deleted = [await make(projectStories, tasksPerStory), await make(projectStories, tasksPerStory)]
  await maker.child.stop()

  const server = await processes.server('defaults', {dataDir})
  if (!(await server.child.call('runsDatabaseInWorker'))) {
    throw new Error('The embedded database blocks the event loop of the server.')
  }
  const measure = await openStreams(processes, server)
  return [await measure(moved[0]!, deleted[0]!), await measure(moved[1]!, deleted[1]!)]
}

/**
 * Opens the streams. Returns a function that waits, then moves a story, and then deletes a project. The function
 * returns the longest hold (see `holds.ts`) in each of these three steps.
 */
async function openStreams(processes: Processes, {child, port, readyMark}: Server<DefaultsCommands>) {
  const secret = await child.call('secret')
  const token = await mintToken({secret}, {subject: 'worker', organization, role: 'admin', lifetime: 3600})
  const requests = [formatRequest('GET', '/events/tasks', token)]
  await processes.load().call('open', {port, count: readers, requests, readyMark, maxPending: readers})
  const sender = processes.load()
  const holdOf = async (request?: string) => {
    await child.call('watchHolds')
    if (request) await sender.call('send', {port, request})
    await delay(deliveryMs)
    return child.call('longestHold')
  }
  return async (moved: BigProject, deleted: BigProject): Promise<Holds> => {
    const body = {sprint_id: moved.nextSprintId}
    return {
      idle: await holdOf(),
      move: await holdOf(formatRequest('PATCH', `/stories/${moved.storyId}`, token, {}, body)),
      deletion: await holdOf(formatRequest('DELETE', `/projects/${deleted.projectId}`, token)),
    }
  }
}
