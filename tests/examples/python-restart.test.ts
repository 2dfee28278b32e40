// Tests that the client in examples/python receives every event exactly once while the server is stopped or killed, and
// restarted.
import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {run, type ServerProcess, startProcess} from '../helpers/process.ts'
import {startPython, test as testWithPython} from '../helpers/python.ts'
import {requireSameBoard} from '../helpers/same-board.ts'
import {skipping} from '../helpers/skipping.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const test = hasPostgres ? testWithPython : skipping('Postgres', 'npm has not installed Postgres')

// The test in tests/interop combines each framing with each signal.
for (const [framing, signal] of [
  ['event', 'SIGKILL'],
  ['message', 'SIGTERM'],
] as const) {
  test.serial(
    `with framing=${framing}, the Python client receives every event once and in order when the server is ended by ${signal} and started again`,
    t => restartDuringChanges(t, framing, signal),
  )
}

async function restartDuringChanges(
  t: ExecutionContext,
  framing: string,
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  t.timeout(240_000)
  const {env, token} = await newInstallation()
  const first = await startProcess(env)
  t.teardown(() => first.end('SIGKILL'))
  const api = apiOf(first.url, token)
  const project = await api('POST', '/projects', {name: 'Rocket'})
  const [sprint, other] = [
    await api('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 1'}),
    await api('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 2'}),
  ]
  const args = ['watch_board.py', first.url, sprint.id, '--json', '--framing', framing]
  const watcher = startPython(t, args, {TOKEN: token})
  await until(() => watcher.lines.length === 1)

  let isChanging = true
  const changing = changeBoard(api, project.id, [sprint.id, other.id], () => isChanging)
  await until(() => watcher.lines.length > 50)
  await first.end(signal)
  const before = watcher.lines.length
  const second = await startProcess({...env, PORT: new URL(first.url).port})
  t.teardown(() => second.end('SIGKILL'))
  await until(() => watcher.lines.length > before + 50)
  isChanging = false
  await changing

  const log = await readLog(second, token, sprint.id, JSON.parse(watcher.lines[0]!).cursor)
  await until(() => watcher.lines.length > log.length)
  const received = watcher.lines.slice(1).map(line => JSON.parse(line))
  t.deepEqual(
    received.map(({cursor, data}) => ({cursor, data})),
    log,
  )
  t.true(received.length > 100)
  requireSameBoard(received.at(-1).board, await api('GET', `/sprints/${sprint.id}/board`))
  t.log(`${before} of ${received.length} events before the restart; ${watcher.errors.length} log lines`)
}

test.serial(
  'when the cursor belongs to an earlier epoch, the Python client reads the board again and continues with live events',
  async t => {
    t.timeout(240_000)
    const {env, token} = await newInstallation()
    const first = await startProcess(env)
    t.teardown(() => first.end('SIGKILL'))
    const api = apiOf(first.url, token)
    const project = await api('POST', '/projects', {name: 'Rocket'})
    const sprint = await api('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 1'})
    const story = await api('POST', `/projects/${project.id}/stories`, {title: 'Orbit', sprint_id: sprint.id})
    const watcher = startPython(t, ['watch_board.py', first.url, sprint.id, '--json'], {TOKEN: token})
    const parsed = () => watcher.lines.map(line => JSON.parse(line))
    await until(async () => {
      await api('POST', `/stories/${story.id}/tasks`, {title: 'Before'})
      return watcher.lines.length > 1
    })

    await first.end('SIGTERM')
    t.is((await run(['new-epoch'], env)).code, 0)
    const second = await startProcess({...env, PORT: new URL(first.url).port})
    t.teardown(() => second.end('SIGKILL'))
    await until(() => parsed().some(({data}) => data?.type === 'stream.reset'))
    const reset = parsed().find(({data}) => data?.type === 'stream.reset')
    t.is(reset.data.reason, 'epoch')
    requireSameBoard(reset.board, await api('GET', `/sprints/${sprint.id}/board`))

    const task = await api('POST', `/stories/${story.id}/tasks`, {title: 'After'})
    await until(() => parsed().at(-1).data.task?.id === task.id)
    const after = parsed().slice(watcher.lines.findIndex(line => line.includes('"stream.reset"')) + 1)
    t.deepEqual(
      after.map(({data}) => data.task.title),
      ['After'],
    )
    requireSameBoard(after.at(-1).board, await api('GET', `/sprints/${sprint.id}/board`))
  },
)

/** Creates the store and the credentials of a server that a test can start several times. */
async function newInstallation() {
  const secret = randomBytes(32).toString('hex')
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: secret, DRAIN_SECONDS: '1'}
  const claims = {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 3600} as const
  return {env, token: await mintToken({secret}, claims)}
}

type Api = (method: string, path: string, body?: unknown) => Promise<any>

/** Returns a client that resolves with the body of the response, and with undefined when the response has no body. */
function apiOf(url: string, token: string): Api {
  return async (method, path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
    return response.status === 204 ? undefined : response.json()
  }
}

/**
 * Changes the tasks and stories of two sprints in many ways until `isWanted` returns false. While the server does not
 * run, waits for the server.
 */
async function changeBoard(
  api: Api,
  projectId: string,
  sprints: [string, string],
  isWanted: () => boolean,
): Promise<void> {
  for (let round = 0; isWanted(); round++) {
    try {
      const storyPath = `/projects/${projectId}/stories`
      const story = await api('POST', storyPath, {title: `Story ${round}`, sprint_id: sprints[round % 2]})
      const tasks = [
        await api('POST', `/stories/${story.id}/tasks`, {title: `Task ${round} – völlig 🚀`}),
        await api('POST', `/stories/${story.id}/tasks`, {title: 'Second'}),
      ]
      const [first, second] = tasks
      await api('PUT', `/tasks/${first.id}/ownership`)
      await api('PUT', `/tasks/${second.id}/ownership`)
      await api('PUT', `/tasks/${first.id}/status`, {status: 'in_progress'})
      await api('PATCH', `/stories/${story.id}`, {sprint_id: sprints[(round + 1) % 2]})
      await api('PUT', `/tasks/${first.id}/status`, {status: 'completed'})
      await api('PUT', `/stories/${story.id}/status`, {status: 'in_progress'})
      await api('PATCH', `/stories/${story.id}`, {sprint_id: sprints[0], title: `Moved ${round}`})
      await api('DELETE', `/tasks/${second.id}/ownership`)
      await api('PATCH', `/tasks/${second.id}`, {description: 'One\nTwo', estimated_hours: 2})
      await api('PATCH', `/sprints/${sprints[0]}`, {goal: `Round ${round}`})
      if (round % 3 === 0) await api('PUT', `/tasks/${first.id}/status`, {status: 'available'})
      if (round % 4 === 0) await api('DELETE', `/tasks/${second.id}`)
      if (round % 5 === 0) await api('DELETE', `/stories/${story.id}`)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      await delay(50) // `fetch` has failed, because the server does not run
    }
  }
}

/** Returns the events of the sprint after the cursor, in the order of the log. */
async function readLog({url}: ServerProcess, token: string, sprintId: string, cursor: string) {
  const reader = await Stream.open(
    `${url}/api/v1/events/tasks?token=${token}&sprint_id=${sprintId}&lastEventId=${cursor}`,
  )
  await reader.waitFor('stream.ready')
  reader.close()
  return reader.events.map(({id, data}) => ({cursor: id, data}))
}
