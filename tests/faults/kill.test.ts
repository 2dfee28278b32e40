import {randomBytes} from 'node:crypto'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {createDatabase, test} from '../helpers/postgres.ts'
import {type ServerProcess, startProcess} from '../helpers/process.ts'
import {Stream} from '../helpers/stream.ts'

const changes = 240
const workers = 8

test('embedded store: when the server is killed during 240 changes, no event is lost, repeated or reordered', async t => {
  await killDuringChanges(t, {DATA_DIR: await createDataFolder(t)})
})

test('Postgres: when the server is killed during 240 changes, no event is lost, repeated or reordered', async t => {
  await killDuringChanges(t, {DATABASE_URL: await createDatabase()})
})

async function killDuringChanges(t: ExecutionContext, store: Record<string, string>): Promise<void> {
  t.timeout(120_000)
  const secret = randomBytes(32).toString('hex')
  const env = {...store, AUTH_JWT_SECRET: secret, LOG_LEVEL: 'info'}
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 600},
  )
  const api = clientOf(token)

  const first = await startProcess(env)
  const {body: project} = await api(first, 'POST', '/projects', {name: 'Rocket'})
  const {body: story} = await api(first, 'POST', `/projects/${project.id}/stories`, {title: 'Orbit'})
  const watcher = await Stream.open(`${first.url}/api/v1/events/tasks?token=${token}`)
  await watcher.waitFor('stream.ready')

  // The workers of this test send changes until the server no longer responds. When half of the changes have
  // succeeded, one of these workers kills the server.
  const acknowledged: string[] = []
  let begun = 0
  const storm = Promise.all(
    Array.from({length: workers}, async () => {
      while (begun < changes) {
        const title = `Task ${++begun}`
        const answer = await api(first, 'POST', `/stories/${story.id}/tasks`, {title}).catch(() => undefined)
        if (!answer) return
        if (answer.status === 201) acknowledged.push(title)
        if (acknowledged.length === changes / 2) await first.end('SIGKILL')
      }
    }),
  )
  await storm
  await watcher.ended()
  t.false(watcher.isComplete) // without the last chunk, a client knows that the stream broke
  t.true(
    acknowledged.length >= changes / 2 && begun < changes,
    `killed after ${acknowledged.length} of ${changes}`,
  )
  const before = watcher.events

  const second = await startProcess(env)
  t.teardown(() => second.end('SIGTERM'))
  for (let after = begun; after < changes; after++) {
    const {status} = await api(second, 'POST', `/stories/${story.id}/tasks`, {title: `Task ${after + 1}`})
    t.is(status, 201)
    acknowledged.push(`Task ${after + 1}`)
  }
  const resumed = await resume(second, token, watcher.lastEventId!)
  const whole = await resume(second, token, 'earliest')

  const log = whole.events.filter(({data}) => data.type === 'task.created')
  const received = [...before, ...resumed.events]
  t.deepEqual(received, log, 'the received events equal the log')
  const ids = received.map(({id}) => Number(id!.split('-')[1]))
  t.deepEqual(
    ids,
    Array.from(ids, (_, index) => ids[0]! + index),
    'no seq is missing or repeated',
  )
  const titles = new Set(received.map(({data}) => data.task.title))
  t.deepEqual(
    acknowledged.filter(title => !titles.has(title)),
    [],
    'every acknowledged change has its event',
  )
  const {body: list} = await api(second, 'GET', `/stories/${story.id}/tasks?limit=200`)
  t.is(list.items.length, Math.min(200, titles.size))
  t.log(
    `${before.length} events before the kill, ${resumed.events.length} after; ${acknowledged.length} changes acknowledged`,
  )
}

async function resume(server: ServerProcess, token: string, lastEventId: string): Promise<Stream> {
  const url = `${server.url}/api/v1/events/tasks?token=${token}`
  const stream = await Stream.open(url, {headers: {'Last-Event-ID': lastEventId}})
  await stream.waitFor('stream.ready')
  stream.close()
  return stream
}

function clientOf(token: string) {
  return async (server: ServerProcess, method: string, path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      ...(body !== undefined && {body: JSON.stringify(body)}),
    })
    return {status: response.status, body: (await response.json()) as any}
  }
}
