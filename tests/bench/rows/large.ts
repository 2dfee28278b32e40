/** Measures how long large requests hold up the event loop and other changes, and how much memory they need. */
import {mintToken} from '../../../src/identity/mint-token.ts'
import {Acts, besideTasks} from '../acts.ts'
import type {Load, Processes} from '../processes.ts'
import {formatRequest} from '../requests.ts'
import {organization} from '../servers/organization.ts'
import type {Result} from '../table.ts'

const boardTasks = 10_000
const storyTasks = 1_000
const projectTasks = 5_000
const projectStories = 5
const notifications = 5_000
const manyStories = 5_000
const readers = 10
const milliseconds = 4_000

export async function large(processes: Processes): Promise<Result> {
  const postgres = await processes.requirePostgres()
  const databaseUrl = await postgres.createDatabase()
  const limits = {checkpointIdleMs: 500, checkpointIntervalMs: 1_000}
  const server = await processes.server('large', {databaseUrl, limits})
  const {child, port, readyMark} = server
  const [streams, boardStream, pacer, sender] = [
    processes.load(),
    processes.load(),
    processes.load(),
    processes.load(),
  ]
  const token = await mintToken(
    {secret: await child.call('secret')},
    {subject: 'admin', organization, role: 'admin', lifetime: 3600},
  )
  const open = (load: Load, path: string, count: number) => {
    const requests = [formatRequest('GET', path, token)]
    return load.call('open', {port, count, requests, readyMark, maxPending: count})
  }
  const send = (method: string, path: string, body?: object) => {
    const request = formatRequest(method, path, token, {'Accept-Encoding': 'br'}, body)
    return sender.call('send', {port, request})
  }

  const other = await child.call('makeBoard', {organization: 'other', tasks: besideTasks})
  const makeProject = (stories: number, tasks: number) =>
    child.call('makeProject', {stories, tasksPerStory: tasks / stories})
  const main = await makeProject(boardTasks / storyTasks, boardTasks)
  const deleted = [
    await makeProject(projectStories, projectTasks),
    await makeProject(projectStories, projectTasks),
  ]
  const wide = await makeProject(manyStories, 2 * manyStories)
  const beside = await child.call('requestsFor', main.storyIds[0]!, besideTasks)
  const acts = new Acts(server, pacer, other)
  const measureTwice = async (
    name: string,
    run: (round: 0 | 1) => Promise<unknown>,
    prepare: () => Promise<unknown> = async () => {},
  ) => {
    for (const round of [0, 1] as const) {
      await prepare()
      await acts.measure({name, beside, milliseconds, run: () => run(round)})
    }
  }

  await open(streams, '/events/tasks', readers)
  await measureTwice('no request', async () => {})
  await measureTwice(`read a board of ${boardTasks} tasks`, () =>
    send('GET', `/sprints/${main.sprintId}/board`),
  )
  await measureTwice(`read a board of ${manyStories} stories and ${2 * manyStories} tasks`, () =>
    send('GET', `/sprints/${wide.sprintId}/board`),
  )
  await measureTwice(`read a dashboard of ${manyStories} stories`, () => send('GET', '/dashboard'))
  await measureTwice(`move a story of ${storyTasks} tasks`, round =>
    send('PATCH', `/stories/${main.storyIds[round + 1]}`, {sprint_id: main.nextSprintId}),
  )
  await measureTwice(`delete a project of ${projectTasks} tasks`, round =>
    send('DELETE', `/projects/${deleted[round]!.projectId}`),
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
  await acts.measure({
    name: `delete a sprint of ${2 * storyTasks} tasks`,
    beside,
    milliseconds,
    run: () => send('DELETE', `/sprints/${main.nextSprintId}`),
  })
  return acts.resultOf('Large boards and large changes', 'large boards', [
    `Each request is sent twice. The first request is the first of its kind in a new process. ${readers} streams of the organization are open.`,
    'If possible, the changes of the same organization are in the same project as the request. Half of the tasks have an owner, so a move of these tasks creates notifications.',
    'While checkpoints are measured, the board changes all the time and receives a checkpoint each second.',
  ])
}
