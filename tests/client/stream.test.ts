// Tests the client with a complete server. The client uses fetch, as in Node and in workers.
import test, {type ExecutionContext} from 'ava'
import {openTaskStream, type TaskStreamOptions} from '../../src/client/client.ts'
import {startNginx} from '../helpers/nginx.ts'
import {testWith} from '../helpers/proxy-program.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {startTamperingProxy} from '../helpers/tampering-proxy.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.5, limits: {pollIntervalMs: 50}}})
})
test.after.always(() => server.close())

let organizations = 0

/** Creates a new organization, and returns the options for Ada's streams. */
async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  return {...team, options: {url: server.url, getToken: () => token}}
}

function watch(options: TaskStreamOptions) {
  const seen: any[] = []
  const statuses: string[] = []
  const errors: unknown[] = []
  const stream = openTaskStream({
    ...options,
    onEvent: (event, place) => seen.push({...event, ...place}),
    onStatus: status => statuses.push(status),
    onError: error => errors.push(error),
  })
  return {stream, seen, statuses, errors}
}

test('a stream goes live and delivers each event with its cursor', async t => {
  const {bob, task, sprint, options} = await newTeam()
  const {stream, seen, statuses, errors} = watch({...options, selection: {sprintId: sprint.id}})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  t.true(stream.checkedAt instanceof Date)
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  await until(() => seen.length > 0)
  t.like(seen[0], {
    type: 'ownership_taken',
    task_id: task.id,
    cursor: headers.get('event-id')!,
    isReplay: false,
  })
  t.is(stream.cursor, headers.get('event-id')!)
  t.deepEqual(statuses, ['live'])
  t.deepEqual(errors, [])
})

test('a stream resumes after a cursor, and marks the missed events as replays', async t => {
  const {ada, task, options} = await newTeam()
  const {headers} = await ada.get('/projects')
  const cursor = headers.get('event-id')!
  await ada.put(`/tasks/${task.id}/ownership`)
  const {stream, seen} = watch({...options, cursor})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  await ada.delete(`/tasks/${task.id}/ownership`)
  await until(() => seen.length === 2)
  t.like(seen[0], {type: 'ownership_taken', isReplay: true})
  t.like(seen[1], {type: 'ownership_released', isReplay: false})
})

test('a stream from `earliest` starts with the oldest event in the log', async t => {
  const {options} = await newTeam()
  const {stream, seen} = watch({...options, cursor: 'earliest'})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  t.true(seen.length > 3)
  t.true(seen[0].cursor.endsWith('-1'))
})

test('the filters and topics of a stream are sent to the server, and only matching events are delivered', async t => {
  const {ada, story, task, project, options} = await newTeam()
  const one = watch({...options, selection: {taskId: task.id, types: ['ownership_taken']}})
  const other = watch({...options, selection: {topics: ['projects', 'user'], projectId: project.id}})
  t.teardown(() => one.stream.close())
  t.teardown(() => other.stream.close())
  await until(() => one.stream.isConnected && other.stream.isConnected)
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Another'})
  await ada.patch(`/projects/${project.id}`, {name: 'Rockets'})
  const {headers} = await ada.put(`/tasks/${task.id}/ownership`)
  const end = headers.get('event-id')!
  await until(() => one.stream.cursor === end && other.stream.cursor === end)
  t.deepEqual(
    one.seen.map(({type}) => type),
    ['ownership_taken'],
  )
  t.deepEqual(
    other.seen.map(({type}) => type),
    ['project.updated'],
  )
})

test('behind a proxy that holds streams back until they end, the client receives each event once, by long poll', async t => {
  const team = await newTeam()
  const {url} = await startTamperingProxy(t, server.url, {holdsStreams: true})
  await becomesLiveByLongPoll(t, team, url)
})

const testWithNginx = testWith(['nginx'])
const holdingBack = 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;'

testWithNginx(
  'behind an nginx that buffers and uses HTTP/1.0, the client receives each event once, by long poll',
  async t => {
    const url = await startNginx(t, server.url, `${holdingBack} proxy_http_version 1.0;`)
    await becomesLiveByLongPoll(t, await newTeam(), url)
  },
)

// nginx buffers the body of a response until a buffer is full, but passes each chunk of a body with chunks immediately.
testWithNginx(
  'behind an nginx that buffers and uses HTTP/1.1, the client keeps its stream, because nginx passes each chunk of the stream',
  async t => {
    const {ada, task, options} = await newTeam()
    const url = await startNginx(t, server.url, `${holdingBack} proxy_http_version 1.1;`)
    const {stream, seen} = watch({...options, url})
    t.teardown(() => stream.close())
    await until(() => stream.isConnected)
    await ada.patch(`/tasks/${task.id}`, {title: 'Title'})
    await until(() => seen.length === 1)
    t.not(stream.transport, 'poll')
  },
)

async function becomesLiveByLongPoll(
  t: ExecutionContext,
  {ada, task, options}: Awaited<ReturnType<typeof newTeam>>,
  url: string,
): Promise<void> {
  const startedAt = Date.now()
  const {stream, seen, statuses, errors} = watch({...options, url})
  t.teardown(() => stream.close())
  await until(() => stream.isConnected)
  t.is(stream.transport, 'poll')
  const liveMs = Date.now() - startedAt
  const cursors: string[] = []
  const delays: number[] = []
  for (let index = 0; index < 20; index++) {
    const {headers} = await ada.patch(`/tasks/${task.id}`, {title: `Title ${index}`})
    const committedAt = Date.now()
    cursors.push(headers.get('event-id')!)
    await until(() => seen.length === index + 1)
    delays.push(Date.now() - committedAt)
  }
  t.deepEqual(
    seen.map(({cursor}) => cursor),
    cursors,
  )
  t.deepEqual(statuses, ['live'])
  t.deepEqual(errors, [])
  delays.sort((one, other) => one - other)
  t.log(`live after ${liveMs} ms; delay of an event: median ${delays[10]} ms, most ${delays.at(-1)} ms`)
}
