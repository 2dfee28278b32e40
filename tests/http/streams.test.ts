import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import test from 'ava'
import {EventSource} from 'eventsource'
import {pino} from 'pino'
import {createApp} from '../../src/app.ts'
import type {Authentication} from '../../src/identity/identity.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {type Received, Stream} from '../helpers/stream.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.2, limits: {pollIntervalMs: 50}}})
})
test.after.always(() => server.close())

let organizations = 0

/** A team of its own for each test, and a way to watch it as Ada. */
async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const url = (query = '') => `${server.url}/api/v1/events/tasks?token=${token}&${query}`
  const watch = async (query = '', headers: Record<string, string> = {}) => {
    const stream = await Stream.open(url(query), {headers})
    await stream.waitUntil(() => stream.head !== '')
    return stream
  }
  return {...team, org, token, url, watch}
}

const typesOf = (received: readonly Received[]) => received.map(({data}) => data?.type)
const dataOf = (received: readonly Received[]) => received.map(({data}) => data)

test('a task taken by one member shows on the open stream of another, with exactly its fields', async t => {
  const {bob, task, sprint, watch} = await newTeam()
  const stream = await watch(`sprint_id=${sprint.id}`)
  await stream.waitFor('stream.ready')
  const {status, body, headers} = await bob.put(`/tasks/${task.id}/ownership`)
  t.is(status, 200)
  const event = await stream.waitFor('ownership_taken')
  t.is(event.event, 'ownership_taken')
  t.is(event.id, headers.get('event-id')!)
  t.deepEqual(event.data, {
    type: 'ownership_taken',
    timestamp: body.owned_at,
    actor_user_id: body.owner_user_id,
    project_id: task.project_id,
    sprint_id: sprint.id,
    story_id: task.story_id,
    task_id: task.id,
    version: 2,
    owner_user_id: body.owner_user_id,
  })
})

test('a stream begins with its head, retry, stream.open and stream.ready, and nothing is chunked', async t => {
  const {watch} = await newTeam()
  const stream = await watch()
  await stream.waitFor('stream.ready')
  const head = stream.head.toLowerCase().split('\r\n')
  t.is(head[0], 'http/1.1 200 ok')
  for (const line of [
    'content-type: text/event-stream',
    'cache-control: no-cache, no-transform',
    'x-accel-buffering: no',
    'connection: close',
  ]) {
    t.true(head.includes(line), line)
  }
  t.false(stream.head.toLowerCase().includes('transfer-encoding'))
  const [retry, open, ready] = stream.received
  t.true(Number(retry!.retry) >= 500 && Number(retry!.retry) <= 1_500)
  t.is(open!.data.type, 'stream.open')
  t.is(open!.data.heartbeat_seconds, 0.2)
  t.is(open!.data.cursor, open!.id)
  t.is(ready!.data.type, 'stream.ready')
  t.is(ready!.data.cursor, ready!.id)
  t.is(ready!.data.replayed, 0)
})

test('a stream that broke gets exactly the three changes that it missed, then stream.ready', async t => {
  const {ada, bob, task, watch} = await newTeam()
  const before = await watch()
  await before.waitFor('stream.ready')
  before.close()
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.delete(`/tasks/${task.id}/ownership`)
  await ada.put(`/tasks/${task.id}/ownership`)

  const after = await watch('', {'Last-Event-ID': before.lastEventId!})
  const ready = await after.waitFor('stream.ready')
  t.deepEqual(typesOf(after.events), ['ownership_taken', 'ownership_released', 'ownership_taken'])
  t.is(ready.data.replayed, 3)
  t.deepEqual(typesOf(after.received.slice(1)).slice(0, 5), [
    'stream.open',
    'ownership_taken',
    'ownership_released',
    'ownership_taken',
    'stream.ready',
  ])
})

test('the Last-Event-ID header wins over the lastEventId parameter, which is read where there is no header', async t => {
  const {bob, task, watch, url} = await newTeam()
  const start = await watch()
  const {cursor} = (await start.waitFor('stream.ready')).data
  await bob.put(`/tasks/${task.id}/ownership`)
  const byQuery = await watch(`lastEventId=${cursor}`)
  t.is((await byQuery.waitFor('stream.ready')).data.replayed, 1)
  const head = byQuery.lastEventId!
  const byHeader = await Stream.open(url(`lastEventId=${cursor}`), {headers: {'Last-Event-ID': head}})
  t.is((await byHeader.waitFor('stream.ready')).data.replayed, 0)
})

test('earliest starts at the oldest event kept', async t => {
  const {watch} = await newTeam()
  const stream = await watch('lastEventId=earliest')
  const ready = await stream.waitFor('stream.ready')
  // Four members, then what is on the board.
  t.deepEqual(typesOf(stream.events), [
    ...Array(4).fill('member.updated'),
    'sprint.created',
    'story.created',
    'task.created',
  ])
  t.is(ready.data.replayed, 7)
  t.true(stream.received[1]!.id!.endsWith('-0'))
})

test('a read and the stream from its Event-Id have no gap and no overlap', async t => {
  const {ada, bob, sprint, story, watch} = await newTeam()
  await bob.post(`/stories/${story.id}/tasks`, {title: 'before'})
  const board = await ada.get(`/sprints/${sprint.id}/board`)
  t.is(board.headers.get('event-id'), board.body.cursor)
  await bob.post(`/stories/${story.id}/tasks`, {title: 'after'})
  const stream = await watch(`lastEventId=${board.body.cursor}&sprint_id=${sprint.id}`)
  await stream.waitFor('stream.ready')
  t.deepEqual(
    stream.events.map(({data}) => data.task.title),
    ['after'],
  )
})

test('cursors that cannot be served are reset to the head, and say why', async t => {
  const {watch} = await newTeam()
  const good = await watch()
  const {cursor} = (await good.waitFor('stream.ready')).data
  const [epoch, seq] = cursor.split('-')
  const bad = {
    malformed: ['nonsense', '-5', `${epoch}-01`, `${epoch}-9999999999999999`, `${epoch.toUpperCase()}-1`],
    ahead: [`${epoch}-${Number(seq) + 1}`],
    epoch: [`aaaaaaaaaaaaa-${seq}`],
  }
  for (const [reason, cursors] of Object.entries(bad)) {
    for (const bad of cursors) {
      const stream = await watch(`lastEventId=${encodeURIComponent(bad)}`)
      const reset = await stream.waitFor('stream.reset')
      t.is(reset.data.reason, reason, bad)
      t.is(reset.data.cursor, cursor)
      t.is(reset.id, cursor)
      t.deepEqual(typesOf(stream.received).slice(1, 3), ['stream.open', 'stream.reset'])
      t.is(
        stream.received[1]!.id,
        undefined,
        'who is cut off before the reset comes back with the old cursor',
      )
      t.is((await stream.waitFor('stream.ready')).data.replayed, 0)
      stream.close()
    }
  }
})

test('values of one filter are alternatives, filters add up, and what names nothing matches nothing', async t => {
  const {ada, bob, project, sprint, story, task, watch} = await newTeam()
  const {body: other} = await ada.post(`/projects/${project.id}/stories`, {title: 'Elsewhere'})
  const {body: elsewhere} = await ada.post(`/stories/${other.id}/tasks`, {title: 'No sprint'})
  const unknown = '00000000-0000-4000-8000-000000000000'
  const wanted: Record<string, number> = {
    '': 2,
    [`sprint_id=${sprint.id}`]: 1,
    [`sprint_id=${sprint.id.toUpperCase()}`]: 1,
    [`sprint_id=${unknown}`]: 0,
    [`project_id=${project.id}`]: 2,
    [`story_id=${story.id}&story_id=${other.id}`]: 2,
    [`story_id=${story.id}&task_id=${elsewhere.id}`]: 0,
    [`task_id=${elsewhere.id}`]: 1,
    'types=ownership_taken': 2,
    'types=task.created,task.deleted': 0,
    [`types=ownership_taken,task.created&sprint_id=${sprint.id}`]: 1,
  }
  const streams = await Promise.all(Object.keys(wanted).map(query => watch(query)))
  await Promise.all(streams.map(stream => stream.waitFor('stream.ready')))
  await bob.put(`/tasks/${task.id}/ownership`)
  const {headers} = await bob.put(`/tasks/${elsewhere.id}/ownership`)
  // A filtered stream sees how far it was served with the next heartbeat.
  await Promise.all(streams.map(stream => stream.waitFor(({id}) => id === headers.get('event-id')!)))
  t.deepEqual(
    Object.fromEntries(streams.map((stream, index) => [Object.keys(wanted)[index], stream.events.length])),
    wanted,
  )
})

test('a parameter, type or id that is misspelt is refused, for it must not open the whole board', async t => {
  const {url} = await newTeam()
  for (const query of [
    'sprint=1',
    'Sprint_id=00000000-0000-4000-8000-000000000000',
    'sprint_id=undefined',
    'sprint_id=',
    'types=ownership_token',
    'types=',
    'types=stream.open',
    'types=task.created&types=ownership_taken',
    'types=&types=ownership_taken',
    'framing=none',
    'framing=event&framing=message',
    'lastEventId=earliest&lastEventId=earliest',
    'topics=tasks',
    'user_id=00000000-0000-4000-8000-000000000000',
  ]) {
    const response = await fetch(url(query))
    t.is(response.status, 400, query)
    t.is(((await response.json()) as {code: string}).code, 'invalid-request', query)
  }
})

test('types never hides what the stream says of itself', async t => {
  const {watch} = await newTeam()
  const stream = await watch('types=task.deleted')
  await stream.waitFor('stream.ready')
  t.is((await stream.waitFor('stream.heartbeat')).event, 'stream.heartbeat')
})

test('framing message drops the event field, so that one onmessage receives everything', async t => {
  const {bob, task, watch} = await newTeam()
  const stream = await watch('framing=message')
  await stream.waitFor('stream.ready')
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  await stream.waitFor('stream.heartbeat')
  t.true(stream.received.every(({event}) => event === undefined))
})

test('heartbeats carry the position of the log, also where the filter wants none of it', async t => {
  const {bob, task, watch} = await newTeam()
  const stream = await watch('types=task.deleted')
  await stream.waitFor('stream.ready')
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  const beat = await stream.waitFor(
    ({id, data}) => data?.type === 'stream.heartbeat' && id === headers.get('event-id'),
  )
  t.true(Math.abs(Date.now() - Date.parse(beat.data.checked_at)) < 60_000)
  t.deepEqual(stream.events, [])
})

test('a native EventSource receives typed events and resumes by itself', async t => {
  const {bob, task, url} = await newTeam()
  const source = new EventSource(url())
  t.teardown(() => source.close())
  const ready = new Promise(resolve => source.addEventListener('stream.ready', resolve))
  const taken = new Promise<MessageEvent>(resolve => source.addEventListener('ownership_taken', resolve))
  await ready
  await bob.put(`/tasks/${task.id}/ownership`)
  const {data, lastEventId} = await taken
  t.is(JSON.parse(data).task_id, task.id)
  t.regex(lastEventId, /^[a-z2-7]{13}-\d+$/)
})

test('a member of another organization receives nothing, unfiltered and with the first one’s sprint', async t => {
  const {bob, task, sprint, watch} = await newTeam()
  const others = await newTeam()
  const unfiltered = await others.watch()
  const filtered = await others.watch(`sprint_id=${sprint.id}`)
  const own = await watch()
  await Promise.all([unfiltered, filtered, own].map(stream => stream.waitFor('stream.ready')))
  const foreignCursor = own.lastEventId!
  await bob.put(`/tasks/${task.id}/ownership`)
  await own.waitFor('ownership_taken')
  const from = unfiltered.received.length
  await Promise.all([unfiltered, filtered].map(stream => stream.waitFor('stream.heartbeat', from)))
  t.deepEqual(unfiltered.events, [])
  t.deepEqual(filtered.events, [])
  t.is((await others.bob.get(`/sprints/${sprint.id}/board`)).status, 404)
  // A cursor of another organization is a cursor of another history.
  const resumed = await others.watch('', {'Last-Event-ID': foreignCursor})
  t.is((await resumed.waitFor('stream.reset')).data.reason, 'epoch')
  await resumed.waitFor('stream.ready')
  t.deepEqual(resumed.events, [])
})

test('what credentials cannot mend is a status; the token is taken from header or query', async t => {
  const {token, org} = await newTeam()
  const url = `${server.url}/api/v1/events/tasks`
  t.is((await fetch(url)).status, 401)
  t.is((await fetch(`${url}?token=nonsense`)).status, 401)
  t.is((await fetch(`${url}?api_key=bck_nonsense`)).status, 401)
  t.is((await fetch(`${server.url}/api/v1/events/nothing?token=${token}`)).status, 404)
  const byHeader = await Stream.open(url, {headers: {authorization: `Bearer ${token}`}})
  await byHeader.waitFor('stream.ready')
  const viewer = await server.tokenFor({sub: 'vic', org, role: 'viewer'})
  await (await Stream.open(`${url}?token=${viewer}`)).waitFor('stream.ready')
  t.false(JSON.stringify(server.log).includes(token), 'a token in a query is never logged')
})

test('HEAD answers the head of a stream and ends', async t => {
  const {url} = await newTeam()
  const response = await fetch(url(), {method: 'HEAD'})
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'text/event-stream')
  t.is(await response.text(), '')
  t.is((await fetch(url(), {method: 'POST'})).status, 405)
})

test('HTTP/1.0 gets the same bytes', async t => {
  const {url} = await newTeam()
  const stream = await Stream.open(url(), {httpVersion: '1.0'})
  await stream.waitFor('stream.ready')
  t.is(stream.status, 200)
  t.false(stream.head.toLowerCase().includes('transfer-encoding'))
})

test('a request that follows a stream on its connection is neither answered nor the end of the stream', async t => {
  const {bob, task, url} = await newTeam()
  const stream = await Stream.open(url())
  await stream.waitFor('stream.ready')
  const {hostname} = new URL(server.url)
  const unheard = '/behind-a-stream'
  stream.send(`GET ${unheard} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`.repeat(50))
  await delay(50)
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  t.deepEqual(
    stream.received.filter(({data, retry}) => !data && !retry),
    [],
  )
  t.is(server.log.filter(({path}) => path === unheard).length, 0)
  stream.close()
})

for (const spell of [(path: string) => path, (path: string) => path.toUpperCase()]) {
  test(`requests pipelined behind a stream in the same bytes are not answered either: ${spell('/api')}`, async t => {
    const {bob, task, url} = await newTeam()
    const unheard = `/in-the-same-bytes${spell('/api')}`
    const {origin, host, pathname, search} = new URL(url())
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`
    const stream = await Stream.open(origin + spell(pathname) + search, {
      headers: {'x-more': `1\r\n\r\n${request(unheard)}GET ${pathname}${search} HTTP/1.1\r\nx: y`},
    })
    await stream.waitFor('stream.ready')
    await bob.put(`/tasks/${task.id}/ownership`)
    await stream.waitFor('ownership_taken')
    t.is(stream.events.length, 1)
    t.is(server.log.filter(({path}) => path === unheard).length, 0)
  })
}

test('over the limit a stream ends at once with 200 and says when to come back', async t => {
  const small = await startServer({live: {maxStreamsPerUser: 2}})
  t.teardown(() => small.close())
  const token = await small.tokenFor({sub: 'ada', org: 'acme'})
  const open = () => Stream.open(`${small.url}/api/v1/events/tasks?token=${token}`)
  const first = await open()
  const second = await open()
  await Promise.all([first, second].map(stream => stream.waitFor('stream.ready')))
  const third = await open()
  await third.ended()
  t.is(third.status, 200)
  t.deepEqual(
    dataOf(third.received.slice(1)).map(({type, reason}) => ({type, reason})),
    [{type: 'stream.unavailable', reason: 'limit'}],
  )
  t.true(Number(third.received[0]!.retry) >= 2_000 && Number(third.received[0]!.retry) <= 10_000)
  t.is(third.lastEventId, undefined)
  first.close()
  // Room again, as soon as the server has noticed.
  for (let fourth = await open(); ; fourth = await open()) {
    await fourth.waitUntil(() => fourth.received.length > 1)
    if (fourth.received[1]!.data.type === 'stream.open') break
    await delay(10)
  }
  t.is(small.live.stats().streams, 2)
})

test('a server that stops tells its streams so and ends them; new ones are told to come back', async t => {
  const stopping = await startServer()
  const token = await stopping.tokenFor({sub: 'ada', org: 'acme'})
  const url = `${stopping.url}/api/v1/events/tasks?token=${token}`
  const stream = await Stream.open(url)
  const {cursor} = (await stream.waitFor('stream.ready')).data
  await stopping.live.drain()
  await stream.ended()
  t.deepEqual(typesOf(stream.received.slice(-1)), ['stream.drain'])
  t.is(stream.lastEventId, cursor)
  const late = await Stream.open(url)
  await late.ended()
  t.is(late.status, 200)
  t.is(late.received[1]!.data.reason, 'draining')
  t.is((await fetch(`${stopping.url}/readyz`)).status, 503)
  await stopping.close()
})

test('a stream whose log cannot be read ends with 200 and stream.unavailable', async t => {
  const broken = await startServer()
  const token = await broken.tokenFor({sub: 'ada', org: 'acme'})
  await (await Stream.open(`${broken.url}/api/v1/events/tasks?token=${token}`)).waitFor('stream.ready')
  await broken.db.schema.alterTable('events').renameTo('lost').execute()
  // The ring does not reach back; only the log could tell.
  const stream = await Stream.open(
    `${broken.url}/api/v1/events/tasks?token=${token}&lastEventId=aaaaaaaaaaaaa-1`,
  )
  await stream.ended()
  t.is(stream.status, 200)
  t.deepEqual(
    dataOf(stream.received.slice(1)).map(({type, reason}) => ({type, reason})),
    [{type: 'stream.unavailable', reason: 'store'}],
  )
  await broken.close()
})

test.serial('who leaves before we know who it is leaves no stream behind', async t => {
  const {ada, token} = await newTeam()
  const caller = await ada.caller()
  let authenticate = (_: Authentication) => {}
  const identity = {
    authenticate: () =>
      new Promise<Authentication>(resolve => {
        authenticate = resolve
      }),
  }
  const app = createApp({...server, identity, log: pino({level: 'silent'}), corsOrigins: [], demo: false})
  const http = createServer(app.callback()).listen(0, '127.0.0.1')
  t.teardown(() => http.close())
  await once(http, 'listening')
  const {port} = http.address() as AddressInfo
  const asked = once(http, 'request')
  const stream = await Stream.open(`http://127.0.0.1:${port}/api/v1/events/tasks?token=${token}`)
  const [, res] = (await asked) as [unknown, ServerResponse]
  stream.close()
  await once(res, 'close')

  const {streams} = server.live.stats()
  authenticate({caller})
  await delay(50)
  t.is(server.live.stats().streams, streams)
})
