import {randomBytes} from 'node:crypto'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createDatabase, createEmptyDatabase, test} from '../helpers/postgres.ts'
import {run, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'

test('a team moves from the embedded store to Postgres with its boards, members and API keys', async t => {
  t.timeout(120_000)
  const AUTH_JWT_SECRET = randomBytes(32).toString('hex')
  const embedded = {DATA_DIR: await createDataFolder(t), AUTH_JWT_SECRET}
  const path = await newPath(t)
  const before = await startClient(t, embedded)
  const sprint = await before.createSprint()
  const board = await before.read(`${sprint}/board`)
  const refused = await run(['backup', path], embedded)
  t.is(refused.code, 1)
  t.regex(refused.stderr, /Stop that server first/)
  await before.stop()
  const {stdout} = await run(
    ['api-key', 'create', '--org', 'acme', '--name', 'CI', '--role', 'member'],
    embedded,
  )
  const saved = await run(['backup', path], embedded)
  t.regex(saved.stdout, /^Wrote the backup .*team\.backup \(organizations: 1, tasks: 1, events: 6\)\.\n$/)

  const postgres = {DATABASE_URL: await createEmptyDatabase(), AUTH_JWT_SECRET}
  t.regex((await run(['restore', path], postgres)).stdout, /\(organizations: 1, tasks: 1, events: 6\)/)
  const after = await startClient(t, postgres)
  t.deepEqual(withoutCursor(await after.read(`${sprint}/board`)), withoutCursor(board))
  const headers = {'x-api-key': stdout.trim()}
  t.is((await fetch(`${after.url}/api/v1/me`, {headers})).status, 200)
  const again = await run(['restore', path], postgres)
  t.is(again.code, 1)
  t.regex(again.stderr, /already holds data.*--replace/)
})

test('a restore drill: the open streams are reset, and the board is the board of the backup', async t => {
  t.timeout(120_000)
  const env = {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: randomBytes(32).toString('hex')}
  const path = await newPath(t)
  const client = await startClient(t, env)
  const sprint = await client.createSprint()
  const stream = await client.openStream()
  t.is((await run(['backup', path], env)).code, 0)
  const board = await client.read(`${sprint}/board`)
  const lost = await client.renameSprint(sprint, 'Lost name')
  await stream.waitFor(({id}) => id === lost)

  t.is((await run(['restore', '--replace', path], env)).code, 0)
  const reset = await stream.waitFor('stream.reset')
  t.is(reset.data.reason, 'epoch')
  t.deepEqual(withoutCursor(await client.read(`${sprint}/board`)), withoutCursor(board))
  const resumed = await client.openStream(lost)
  t.is((await resumed.waitFor('stream.reset')).data.reason, 'epoch')
  const next = await client.renameSprint(sprint, 'New name')
  for (const each of [stream, resumed]) await each.waitFor(({id}) => id === next)
})

async function startClient(t: ExecutionContext, env: {AUTH_JWT_SECRET: string}) {
  const server = await startProcess(env)
  t.teardown(() => server.end('SIGKILL'))
  const claims = {subject: 'ada', organization: 'acme', role: 'member', lifetime: 600} as const
  const token = await mintToken({secret: env.AUTH_JWT_SECRET}, claims)
  const request = async (method: string, path: string, body?: object) => {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const response = await fetch(server.url + path, {
      ...{method, headers},
      ...(body && {body: JSON.stringify(body)}),
    })
    t.true(response.ok, `${method} ${path} ${response.status}`)
    return response
  }
  const create = async (path: string, body: object) =>
    (await request('POST', path, body)).headers.get('location')!
  return {
    url: server.url,
    stop: () => server.end('SIGTERM'),
    read: async (path: string) => (await request('GET', path)).json(),
    async createSprint() {
      const project = await create('/api/v1/projects', {name: 'Rocket'})
      const sprint = await create(`${project}/sprints`, {name: 'Sprint 1'})
      const story = await create(`${project}/stories`, {title: 'Orbit', sprint_id: sprint.split('/').at(-1)})
      await create(`${story}/tasks`, {title: 'Fill the tank', description: 'With “oxygen”.'})
      return sprint
    },
    /** Returns the id of the event. */
    renameSprint: async (sprint: string, name: string) =>
      (await request('PATCH', sprint, {name})).headers.get('event-id')!,
    async openStream(lastEventId = '') {
      const stream = await Stream.open(
        `${server.url}/api/v1/events/projects?token=${token}&lastEventId=${lastEventId}`,
      )
      t.teardown(() => stream.close())
      await stream.waitFor('stream.ready')
      return stream
    },
  }
}

function withoutCursor(board: object): object {
  return {...board, cursor: undefined}
}

/** Returns the path of a file that does not exist, in a new folder. */
async function newPath(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-backup-'))
  t.teardown(() => rm(folder, {recursive: true}))
  return join(folder, 'team.backup')
}
