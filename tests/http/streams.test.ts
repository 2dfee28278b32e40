import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import {type AddressInfo, connect} from 'node:net'
import test from 'ava'
import {EventSource} from 'eventsource'
import {decodeJwt} from 'jose'
import {sql} from 'kysely'
import {pino} from 'pino'
import {createApp} from '../../src/app.ts'
import type {Authentication} from '../../src/identity/identity.ts'
import {createApiKey} from '../helpers/api-keys.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {type Received, Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

let server: Server

test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 0.2}})
})
test.after.always(() => server.close())

let organizations = 0

/** Creates a team. The function `open` in the result opens a stream with a token for Ada. */
async function newTeam() {
  const org = `org-${++organizations}`
  const team = await server.team(org)
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const url = (query = '') => `${server.url}/api/v1/events/tasks?token=${token}&${query}`
  const open = async (query = '', headers: Record<string, string> = {}) => {
    const stream = await Stream.open(url(query), {headers})
    await stream.waitUntil(() => stream.head !== '')
    return stream
  }
  return {...team, org, token, url, open}
}

const typesOf = (received: readonly Received[]) => received.map(({data}) => data?.type)
const dataOf = (received: readonly Received[]) => received.map(({data}) => data)

test('when the token or the API key of a stream ends within a minute, the stream sends stream.expiring with the time at which the credential ends', async t => {
  const {org, organizationId} = await newTeam()
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', lifetime: 50})
  const expires_at = new Date(Date.now() + 40_000).toISOString()
  const {key} = await createApiKey(server.db, {
    organizationId,
    name: 'CI',
    role: 'member',
    expiresAt: expires_at,
  })
  for (const [credential, end] of [
    [`token=${token}`, new Date(decodeJwt(token).exp! * 1000).toISOString()],
    [`api_key=${key}`, expires_at],
  ]) {
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?${credential}`)
    t.is((await stream.waitFor('stream.expiring')).data.expires_at, end)
    await stream.waitFor('stream.ready')
  }
})

test('when another member takes a task, an open stream delivers ownership_taken with exactly the documented fields', async t => {
  const {bob, task, sprint, open} = await newTeam()
  const stream = await open(`sprint_id=${sprint.id}`)
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

test('a stream begins with headers, a retry delay, stream.open and stream.ready, and its body has chunks', async t => {
  const {open} = await newTeam()
  const stream = await open()
  await stream.waitFor('stream.ready')
  const head = stream.head.toLowerCase().split('\r\n')
  t.is(head[0], 'http/1.1 200 ok')
  for (const line of [
    'content-type: text/event-stream',
    'cache-control: no-store, no-transform',
    'vary: accept',
    'x-accel-buffering: no',
    'connection: close',
    'transfer-encoding: chunked',
  ]) {
    t.true(head.includes(line), line)
  }
  const [opening, ready] = stream.received
  t.true(Number(opening!.retry) >= 500 && Number(opening!.retry) <= 1_500)
  t.is(opening!.data.type, 'stream.open')
  t.is(opening!.data.heartbeat_seconds, 0.2)
  t.is(opening!.data.cursor, opening!.id)
  t.is(ready!.data.type, 'stream.ready')
  t.is(ready!.data.cursor, ready!.id)
  t.is(ready!.data.replayed, 0)
})

test('when a stream resumes, the stream delivers exactly the three changes that the client missed, and then stream.ready', async t => {
  const {ada, bob, task, open} = await newTeam()
  const before = await open()
  await before.waitFor('stream.ready')
  before.close()
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.delete(`/tasks/${task.id}/ownership`)
  await ada.put(`/tasks/${task.id}/ownership`)

  const after = await open('', {'Last-Event-ID': before.lastEventId!})
  const ready = await after.waitFor('stream.ready')
  t.deepEqual(typesOf(after.events), ['ownership_taken', 'ownership_released', 'ownership_taken'])
  t.is(ready.data.replayed, 3)
  const sent = typesOf(after.received).filter(type => type !== 'stream.heartbeat')
  t.deepEqual(sent.slice(0, 5), [
    'stream.open',
    'ownership_taken',
    'ownership_released',
    'ownership_taken',
    'stream.ready',
  ])
})

test('the Last-Event-ID header takes precedence over the lastEventId parameter', async t => {
  const {bob, task, open, url} = await newTeam()
  const start = await open()
  const {cursor} = (await start.waitFor('stream.ready')).data
  await bob.put(`/tasks/${task.id}/ownership`)
  const byQuery = await open(`lastEventId=${cursor}`)
  t.is((await byQuery.waitFor('stream.ready')).data.replayed, 1)
  const head = byQuery.lastEventId!
  const byHeader = await Stream.open(url(`lastEventId=${cursor}`), {headers: {'Last-Event-ID': head}})
  t.is((await byHeader.waitFor('stream.ready')).data.replayed, 0)
})

test('lastEventId=earliest replays from the oldest event in the log', async t => {
  const {open} = await newTeam()
  const stream = await open('lastEventId=earliest')
  const ready = await stream.waitFor('stream.ready')
  // The log contains the four members of the team, followed by the contents of its board.
  t.deepEqual(typesOf(stream.events), [
    ...Array(4).fill('member.updated'),
    'sprint.created',
    'story.created',
    'task.created',
  ])
  t.is(ready.data.replayed, 7)
  t.true(stream.received[0]!.id!.endsWith('-0'))
})

test('when a stream starts at the Event-Id of a read, the stream delivers exactly the events after this read', async t => {
  const {ada, bob, sprint, story, open} = await newTeam()
  await bob.post(`/stories/${story.id}/tasks`, {title: 'before'})
  const board = await ada.get(`/sprints/${sprint.id}/board`)
  t.is(board.headers.get('event-id'), board.body.cursor)
  await bob.post(`/stories/${story.id}/tasks`, {title: 'after'})
  const stream = await open(`lastEventId=${board.body.cursor}&sprint_id=${sprint.id}`)
  await stream.waitFor('stream.ready')
  t.deepEqual(
    stream.events.map(({data}) => data.task.title),
    ['after'],
  )
})

test('when a stream cannot start at the given cursor, the stream is reset to the head of the log, and stream.reset contains the reason', async t => {
  const {open} = await newTeam()
  const good = await open()
  const {cursor} = (await good.waitFor('stream.ready')).data
  const [epoch, seq] = cursor.split('-')
  const bad = {
    malformed: ['nonsense', '-5', `${epoch}-01`, `${epoch}-9999999999999999`, `${epoch.toUpperCase()}-1`],
    ahead: [`${epoch}-${Number(seq) + 1}`],
    epoch: [`aaaaaaaaaaaaa-${seq}`],
  }
  for (const [reason, cursors] of Object.entries(bad)) {
    for (const bad of cursors) {
      const stream = await open(`lastEventId=${encodeURIComponent(bad)}`)
      const reset = await stream.waitFor('stream.reset')
      t.is(reset.data.reason, reason, bad)
      t.is(reset.data.cursor, cursor)
      t.is(reset.id, cursor)
      t.deepEqual(typesOf(stream.received).slice(0, 2), ['stream.open', 'stream.reset'])
      t.is(
        stream.received[0]!.id,
        undefined,
        'a client whose connection breaks before the reset reconnects with the old cursor',
      )
      t.is((await stream.waitFor('stream.ready')).data.replayed, 0)
      stream.close()
    }
  }
})

test('a stream delivers an event only if the event matches at least one value of each filter; an unknown id matches no event', async t => {
  const {ada, bob, project, sprint, story, task, open} = await newTeam()
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
  const streams = await Promise.all(Object.keys(wanted).map(query => open(query)))
  await Promise.all(streams.map(stream => stream.waitFor('stream.ready')))
  await bob.put(`/tasks/${task.id}/ownership`)
  const {headers} = await bob.put(`/tasks/${elsewhere.id}/ownership`)
  // When the filter of a stream excludes the last event, the next heartbeat contains the id of the last event.
  await Promise.all(streams.map(stream => stream.waitFor(({id}) => id === headers.get('event-id')!)))
  t.deepEqual(
    Object.fromEntries(streams.map((stream, index) => [Object.keys(wanted)[index], stream.events.length])),
    wanted,
  )
})

test('when a task moves to another story, the streams of both stories receive the event, live and in a replay', async t => {
  const {ada, project, story, task, open} = await newTeam()
  const {body: other} = await ada.post(`/projects/${project.id}/stories`, {title: 'Elsewhere'})
  const queries = [`story_id=${story.id}`, `story_id=${other.id}`, `story_id=${story.id}&task_id=${task.id}`]
  const live = await Promise.all(queries.map(query => open(query)))
  await Promise.all(live.map(stream => stream.waitFor('stream.ready')))
  const {headers} = await ada.patch(`/tasks/${task.id}`, {story_id: other.id})
  const at = headers.get('event-id')!
  const replays = await Promise.all(queries.map(query => open(`${query}&lastEventId=earliest`)))
  for (const stream of [...live, ...replays]) {
    await stream.waitFor(({id}) => id === at) // a heartbeat has this id when the filter excludes the event
    t.is(typesOf(stream.events).at(-1), 'task.moved')
  }
})

test('a misspelt parameter, type or id is rejected instead of being ignored', async t => {
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

test('the types filter does not exclude control events', async t => {
  const {open} = await newTeam()
  const stream = await open('types=task.deleted')
  await stream.waitFor('stream.ready')
  t.is((await stream.waitFor('stream.heartbeat')).event, 'stream.heartbeat')
})

test('framing=message omits the event field, so that one message handler receives every event', async t => {
  const {bob, task, open} = await newTeam()
  const stream = await open('framing=message')
  await stream.waitFor('stream.ready')
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  await stream.waitFor('stream.heartbeat')
  t.true(stream.received.every(({event}) => event === undefined))
})

test('heartbeats contain the cursor of the log even when the filter excludes every event', async t => {
  const {bob, task, open} = await newTeam()
  const stream = await open('types=task.deleted')
  await stream.waitFor('stream.ready')
  const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
  const beat = await stream.waitFor(
    ({id, data}) => data?.type === 'stream.heartbeat' && id === headers.get('event-id'),
  )
  t.true(Math.abs(Date.now() - Date.parse(beat.data.checked_at)) < 60_000)
  t.deepEqual(stream.events, [])
})

test('a native EventSource receives typed events with their ids', async t => {
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

test('a stream delivers no events of another organization, even when its filter contains the id of a sprint of that organization', async t => {
  const {bob, task, sprint, open} = await newTeam()
  const others = await newTeam()
  const unfiltered = await others.open()
  const filtered = await others.open(`sprint_id=${sprint.id}`)
  const own = await open()
  await Promise.all([unfiltered, filtered, own].map(stream => stream.waitFor('stream.ready')))
  const foreignCursor = own.lastEventId!
  await bob.put(`/tasks/${task.id}/ownership`)
  await own.waitFor('ownership_taken')
  const from = unfiltered.received.length
  await Promise.all([unfiltered, filtered].map(stream => stream.waitFor('stream.heartbeat', from)))
  t.deepEqual(unfiltered.events, [])
  t.deepEqual(filtered.events, [])
  t.is((await others.bob.get(`/sprints/${sprint.id}/board`)).status, 404)
  // A cursor of another organization has another epoch.
  const resumed = await others.open('', {'Last-Event-ID': foreignCursor})
  t.is((await resumed.waitFor('stream.reset')).data.reason, 'epoch')
  await resumed.waitFor('stream.ready')
  t.deepEqual(resumed.events, [])
})

test('a stream request with invalid credentials or an unknown path gets an HTTP error; a valid token is accepted in the header or in the query', async t => {
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

test('HEAD returns the headers of a stream and an empty body; POST is not allowed', async t => {
  const {url} = await newTeam()
  const response = await fetch(url(), {method: 'HEAD'})
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'text/event-stream')
  t.is(await response.text(), '')
  t.is((await fetch(url(), {method: 'POST'})).status, 405)
})

test('an HTTP/1.0 client can receive a stream, whose body has no chunks', async t => {
  const team = await newTeam()
  // The header must not change the body, although Node adds chunks to a response when a request has this header.
  const stream = await Stream.open(team.url(), {httpVersion: '1.0', headers: {TE: 'chunked'}})
  await stream.waitFor('stream.ready')
  t.is(stream.status, 200)
  t.false(stream.head.toLowerCase().includes('transfer-encoding'))
  const {bob, task} = team
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  await stream.waitFor('stream.heartbeat')
  t.deepEqual(
    stream.received.filter(({data}) => !data),
    [],
  )
})

test('further requests on the connection of an open stream are ignored and do not end the stream', async t => {
  const {bob, task, url} = await newTeam()
  const stream = await Stream.open(url())
  await stream.waitFor('stream.ready')
  const {hostname} = new URL(server.url)
  const ignoredPath = '/behind-a-stream'
  stream.send(`GET ${ignoredPath} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`.repeat(10))
  await bob.put(`/tasks/${task.id}/ownership`)
  await stream.waitFor('ownership_taken')
  t.deepEqual(
    stream.received.filter(({data}) => !data),
    [],
  )
  t.is(server.log.filter(({path}) => path === ignoredPath).length, 0)
  stream.close()
})

for (const spell of [(path: string) => path, (path: string) => path.toUpperCase()]) {
  test(`requests that arrive in the same packet as a stream request to ${spell('/api')} are ignored`, async t => {
    const {bob, task, url} = await newTeam()
    const ignoredPath = `/in-the-same-bytes${spell('/api')}`
    const {origin, host, pathname, search} = new URL(url())
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`
    const stream = await Stream.open(origin + spell(pathname) + search, {
      headers: {'x-more': `1\r\n\r\n${request(ignoredPath)}GET ${pathname}${search} HTTP/1.1\r\nx: y`},
    })
    await stream.waitFor('stream.ready')
    await bob.put(`/tasks/${task.id}/ownership`)
    await stream.waitFor('ownership_taken')
    t.is(stream.events.length, 1)
    t.is(server.log.filter(({path}) => path === ignoredPath).length, 0)
  })
}

test('when a member already has the maximum number of streams, a further stream ends immediately with status 200, stream.unavailable and a retry delay', async t => {
  const small = await startServer({store: server.store, live: {maxStreamsPerUser: 2}})
  t.teardown(() => small.close())
  const token = await small.tokenFor({sub: 'ada', org: t.title})
  const open = () => Stream.open(`${small.url}/api/v1/events/tasks?token=${token}`)
  const first = await open()
  const second = await open()
  await Promise.all([first, second].map(stream => stream.waitFor('stream.ready')))
  const third = await open()
  await third.ended()
  t.is(third.status, 200)
  t.deepEqual(
    dataOf(third.received).map(({type, reason}) => ({type, reason})),
    [{type: 'stream.unavailable', reason: 'limit'}],
  )
  t.true(Number(third.received[0]!.retry) >= 2_000 && Number(third.received[0]!.retry) <= 10_000)
  t.is(third.lastEventId, undefined)
  first.close()
  await until(() => small.live.stats().streams === 1)
  await (await open()).waitFor('stream.ready')
  t.is(small.live.stats().streams, 2)
})

test('when a server drains, the server ends open streams with stream.drain, and ends new streams with stream.unavailable', async t => {
  const stopping = await startServer({store: server.store})
  const token = await stopping.tokenFor({sub: 'ada', org: t.title})
  const url = `${stopping.url}/api/v1/events/tasks?token=${token}`
  const stream = await Stream.open(url)
  const {cursor} = (await stream.waitFor('stream.ready')).data
  await stopping.live.drain()
  await stream.ended()
  t.deepEqual(typesOf(stream.received.slice(-1)), ['stream.drain'])
  t.is(stream.lastEventId, cursor)
  const rejected = await Stream.open(url)
  await rejected.ended()
  t.is(rejected.status, 200)
  t.is(rejected.received[0]!.data.reason, 'draining')
  t.is((await fetch(`${stopping.url}/readyz`)).status, 503)
  await stopping.close()
})

test('while a server drains, a stream receives events until the stream ends', async t => {
  let time = 0
  const stopping = await startServer({store: server.store, live: {drainSeconds: 10, now: () => time}})
  const {ada, story} = await stopping.team(t.title)
  const token = await stopping.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const url = `${stopping.url}/api/v1/events/tasks?token=${token}`
  const streams = []
  for (let n = 0; n < 6; n++) streams.push(await Stream.open(url))
  await Promise.all(streams.map(stream => stream.waitFor('stream.ready')))
  const drained = stopping.live.drain()
  // The drain ends at least one stream per 2 ms. The first slice of the drain covers 10 ms, so this slice ends five of
  // the six streams. The clock does not advance, so no later slice ends the last stream.
  await until(() => stopping.live.stats().streams === 1)
  const last = streams.at(-1)!
  await ada.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await last.waitFor('task.created')
  time = 10_000
  await drained
  for (const stream of streams) {
    await stream.ended()
    t.true(stream.isComplete)
    const {data, retry} = stream.received.at(-1)!
    t.is(data.type, 'stream.drain')
    t.true(Number(retry) >= 100 && Number(retry) <= 1_000)
  }
  await stopping.close()
})

test('when a stream waits for an earlier response on its connection and the client disconnects, the stream is removed', async t => {
  const own = await startServer()
  t.teardown(() => own.close())
  const token = await own.tokenFor({sub: 'ada', org: t.title, role: 'member'})
  const path = `/api/v1/events/tasks?token=${token}`
  const first = await Stream.open(own.url + path)
  t.teardown(() => first.close())
  await first.waitFor('stream.ready')
  // The transaction uses the only connection to the database, so the earlier response has to wait.
  await own.db.transaction().execute(async trx => {
    await sql`select`.execute(trx)
    const {hostname, port} = new URL(own.url)
    const socket = connect(Number(port), hostname)
    const head = `HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`
    socket.write(`GET /api/v1/projects ${head}GET ${path} ${head}`)
    await until(() => own.live.stats().streams === 2)
    socket.destroy()
    await until(() => own.live.stats().streams === 1)
  })
  t.pass()
})

test('when the server cannot read the log for a new stream, the stream ends with status 200 and stream.unavailable', async t => {
  const broken = await startServer()
  const token = await broken.tokenFor({sub: 'ada', org: 'acme'})
  await (await Stream.open(`${broken.url}/api/v1/events/tasks?token=${token}`)).waitFor('stream.ready')
  await broken.db.schema.alterTable('events').renameTo('lost').execute()
  // The ring (the events in memory) does not contain this cursor, so the server has to read the log.
  const stream = await Stream.open(
    `${broken.url}/api/v1/events/tasks?token=${token}&lastEventId=aaaaaaaaaaaaa-1`,
  )
  await stream.ended()
  t.is(stream.status, 200)
  t.deepEqual(
    dataOf(stream.received).map(({type, reason}) => ({type, reason})),
    [{type: 'stream.unavailable', reason: 'store'}],
  )
  await broken.close()
})

test.serial('when a client disconnects before authentication ends, no stream stays open', async t => {
  const {ada, token, open} = await newTeam()
  const caller = await ada.caller()
  let authenticate = (_: Authentication) => {}
  const identity = {
    ...server.identity,
    authenticate: () =>
      new Promise<Authentication>(resolve => {
        authenticate = resolve
      }),
  }
  const app = createApp({
    ...server,
    identity,
    publish: server.live.publish,
    log: pino({level: 'silent'}),
    corsOrigins: [],
    demo: false,
  })
  const http = createServer(app.callback()).listen(0, '127.0.0.1')
  t.teardown(() => http.close())
  await once(http, 'listening')
  const {port} = http.address() as AddressInfo
  const requested = once(http, 'request')
  const stream = await Stream.open(`http://127.0.0.1:${port}/api/v1/events/tasks?token=${token}`)
  const [, res] = (await requested) as [unknown, ServerResponse]
  stream.close()
  await once(res, 'close')

  const {streams} = server.live.stats()
  authenticate({caller, grant: {memberId: caller.user_id}})
  await (await open()).waitFor('stream.ready')
  t.is(server.live.stats().streams, streams + 1, 'only the later stream is open')
})

test('when clients disconnect while the server drains, the server logs no error', async t => {
  const own = await startServer()
  t.teardown(() => own.close())
  const app = createApp({
    ...own,
    publish: own.live.publish,
    log: pino({}, linesOf(own.log)),
    corsOrigins: [],
    demo: false,
  })
  const http = createServer(app.callback()).listen(0, '127.0.0.1')
  t.teardown(() => http.close())
  await once(http, 'listening')
  // When the client ends the connection, Node first stops writing to the socket, and then the drain starts.
  http.on('connection', socket => socket.once('end', () => void own.live.drain()))
  const {port} = http.address() as AddressInfo
  const ownToken = await own.tokenFor({sub: 'ada', org: 'acme', role: 'member'})
  const stream = await Stream.open(`http://127.0.0.1:${port}/api/v1/events/tasks?token=${ownToken}`)
  await stream.waitFor('stream.ready')

  stream.end()
  await stream.ended()
  await until(() => own.live.stats().streams === 0)
  t.deepEqual(
    own.log.filter(({level}) => Number(level) >= 50),
    [],
  )
})

function linesOf(log: Record<string, unknown>[]) {
  return {write: (line: string) => void log.push(JSON.parse(line))}
}
