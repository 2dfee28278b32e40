// Tests the polls: requests to the paths of streams with `Accept: application/json`.
import {once} from 'node:events'
import {Agent, get, type IncomingMessage} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import fc from 'fast-check'
import {parseCursor} from '../../src/board/cursor.ts'
import {type BoardEvent, eventSchemas} from '../../src/board/events.ts'
import {pollAnswerSchema} from '../../src/board/poll-answer.ts'
import {appendEvents, pruneEvents} from '../../src/store/event-log.ts'
import {newId} from '../../src/store/ids.ts'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {type Answer, readAnswer, type Server, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const pageLength = 128

let server: Server
/** Another process with the same database. No bus connects the two processes. The log does not fit into its ring. */
let other: Server

test.before(async () => {
  server = await startServer({live: {limits: {pollIntervalMs: 50}}})
  const limits = {pollIntervalMs: 50, maxRingFrames: 20, maxTotalRingBytes: 10_000}
  other = await startServer({store: server.store, live: {limits}})
})
test.after.always(async () => {
  await other.close()
  await server.close()
})

// The tests run one after another, because they count the open streams of the servers.
test.beforeEach(() => until(() => server.live.stats().streams + other.live.stats().streams === 0))

interface PollOptions {
  /** Default: the shared server. */
  to?: Server
  path?: string
  headers?: Record<string, string>
  method?: string
  signal?: AbortSignal
}

/** Sends a poll. The credential is in the query or in the headers. */
async function poll(query: string, {to = server, path = '/tasks', headers, ...init}: PollOptions = {}) {
  const url = `${to.url}/api/v1/events${path}?${query}`
  return readAnswer(await fetch(url, {headers: {accept: 'application/json', ...headers}, ...init}))
}

async function newTeam(t: ExecutionContext) {
  const team = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const cursor = async () => (await team.ada.get('/members')).headers.get('event-id')!
  return {...team, token, cursor}
}

const typesOf = ({body}: Answer) => body.events.map(({type}: {type: string}) => type)
const isWaiting = (count: number, at = server) => until(() => at.live.stats().streams >= count)

test.serial(
  'a poll is answered at once with the events after its cursor, exactly as a stream delivers them',
  async t => {
    const {bob, task, story, token} = await newTeam(t)
    const start = (await poll(`token=${token}&wait=0`)).body.cursor
    await bob.put(`/tasks/${task.id}/ownership`)
    await bob.post(`/stories/${story.id}/tasks`, {title: 'Weld “it” — 焊接'})
    const answer = await poll(`token=${token}&lastEventId=${start}&wait=55`)
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}&lastEventId=${start}`)
    const ready = await stream.waitFor('stream.ready')
    stream.close()
    const streamed = stream.events.map(({id, data}) => ({id, ...data}))
    t.is(streamed.length, 2)
    t.deepEqual(answer.body, {events: streamed, cursor: ready.id, ready: true})
    t.deepEqual(pollAnswerSchema.parse(answer.body), answer.body)
    t.is(answer.status, 200)
    for (const [name, value] of Object.entries({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
      connection: 'keep-alive',
    })) {
      t.is(answer.headers.get(name), value, name)
    }
    t.regex(stream.head, /\r\ncache-control: no-store, no-transform\r\n/i)
    t.regex(stream.head, /\r\nvary: Accept\r\n/i)
  },
)

test.serial('no event has a field id, so the field id of an event in an answer replaces nothing', t => {
  for (const [type, schema] of Object.entries(eventSchemas)) t.false('id' in schema.shape, type)
})

test.serial(
  'a poll without events after its cursor waits, and is answered when an event is committed',
  async t => {
    const {bob, task, token, cursor} = await newTeam(t)
    const start = await cursor()
    const pollOf = (path: string, wait: number) =>
      poll(`token=${token}&lastEventId=${start}&wait=${wait}`, {path})
    const waiting = ['/tasks', '/user', ''].map(path => pollOf(path, 55))
    await isWaiting(3)
    const {headers} = await bob.put(`/tasks/${task.id}/ownership`)
    const [tasks, user, all] = await Promise.all(waiting)
    const {body} = tasks!
    t.like(body.events, [{type: 'ownership_taken', task_id: task.id, id: headers.get('event-id')}])
    t.is(body.cursor, headers.get('event-id'))
    t.true(body.ready)
    const others = [user!, all!, await pollOf('/projects', 0)]
    t.deepEqual(others.map(typesOf), [['ownership_taken'], ['ownership_taken'], []])
  },
)

test.serial(
  'when no event is committed while a poll waits, the answer has no events, and its cursor is the head of the log',
  async t => {
    const {token, cursor} = await newTeam(t)
    const head = await cursor()
    for (const wait of [0, 1]) {
      const {body} = await poll(`token=${token}&wait=${wait}`)
      t.deepEqual(body, {events: [], cursor: head, ready: true})
    }
    const filtered = await poll(`token=${token}&wait=0&lastEventId=earliest&types=task.deleted`)
    t.deepEqual(
      filtered.body,
      {events: [], cursor: head, ready: true},
      'the cursor passes the excluded events',
    )
  },
)

test.serial(
  'a poll without a cursor starts at the head; the header Last-Event-ID takes precedence over the parameter',
  async t => {
    const {bob, task, token} = await newTeam(t)
    const {body: first} = await poll(`token=${token}&wait=0`)
    await bob.put(`/tasks/${task.id}/ownership`)
    t.deepEqual(typesOf(await poll(`token=${token}&wait=0`)), [])
    t.deepEqual(typesOf(await poll(`token=${token}&wait=0&lastEventId=${first.cursor}`)), ['ownership_taken'])
    const earliest = await poll(`token=${token}&wait=0&lastEventId=earliest`)
    t.is(earliest.body.events.length, 8)
    const headers = {'last-event-id': earliest.body.cursor}
    const byHeader = await poll(`token=${token}&wait=0&lastEventId=earliest`, {headers})
    t.deepEqual(byHeader.body, {events: [], cursor: earliest.body.cursor, ready: true})
  },
)

test.serial('a request is a stream when its Accept header is missing or does not prefer JSON', async t => {
  const {token} = await newTeam(t)
  for (const headers of [{}, {accept: '*/*'}, {accept: 'application/json, text/event-stream'}]) {
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}`, {headers})
    await stream.waitFor('stream.ready')
    stream.close()
  }
  t.pass()
})

test.serial('an invalid wait, or a wait on a stream, is rejected', async t => {
  const {token} = await newTeam(t)
  for (const wait of ['56', '-1', '', '%20', '1.5', '1e1', '0x5', 'ten', '5&wait=5']) {
    const {status, body} = await poll(`token=${token}&wait=${wait}`)
    t.is(status, 400, wait)
    t.is(body.code, 'invalid-request')
    t.is(body.errors[0].path, 'wait')
  }
  const {status, body, headers} = await poll(`token=${token}&wait=5`, {headers: {accept: '*/*'}})
  t.is(status, 400)
  t.is(body.code, 'invalid-request')
  t.is(headers.get('vary'), 'Accept')
  t.is((await poll(`token=${token}&sprint=1`)).status, 400)
  t.is((await poll('wait=0')).status, 401)
})

test.serial('a poll is answered at once with the reset that a stream would receive', async t => {
  const {token, cursor, organizationId} = await newTeam(t)
  const head = await cursor()
  const [epoch, seq] = head.split('-')
  await pruneEvents(server.db, organizationId, 3)
  const bad = {
    malformed: 'nonsense',
    ahead: `${epoch}-${Number(seq) + 1}`,
    epoch: `aaaaaaaaaaaaa-${seq}`,
    expired: `${epoch}-1`,
  }
  for (const [reason, from] of Object.entries(bad)) {
    const query = `token=${token}&lastEventId=${from}`
    const {body} = await poll(`${query}&wait=55`)
    t.deepEqual(body, {events: [], cursor: head, reset: {reason}, ready: true})
    t.deepEqual(pollAnswerSchema.parse(body), body)
    const stream = await Stream.open(`${server.url}/api/v1/events/tasks?${query}`)
    t.like(await stream.waitFor('stream.reset'), {id: head, data: {reason, cursor: head}})
    stream.close()
  }
})

test.serial(
  'an answer has at most a page of events; the polls that follow deliver the rest of a large change in order',
  async t => {
    const {organizationId} = await newTeam(t)
    const {key} = await createApiKey(server.db, {organizationId, name: 'CI', role: 'member'})
    const {body: start} = await poll(`api_key=${key}&wait=0&lastEventId=earliest`)
    const waiting = [server, other].map(to => poll(`api_key=${key}&lastEventId=${start.cursor}`, {to}))
    await Promise.all([isWaiting(1), isWaiting(1, other)])
    const {records} = await commit(server, organizationId, 300)
    const expected = records.map(({seq, data}) => ({
      id: `${start.cursor.split('-')[0]}-${seq}`,
      ...JSON.parse(data),
    }))
    for (const [index, to] of [server, other].entries()) {
      for (const filter of ['', '&types=member.updated']) {
        const received = []
        const sizes = []
        let {body} = filter
          ? await poll(`api_key=${key}&lastEventId=${start.cursor}${filter}`, {to})
          : await waiting[index]!
        for (;;) {
          received.push(...body.events)
          sizes.push(body.events.length)
          if (body.ready) break
          t.is(body.cursor, body.events.at(-1).id)
          body = (await poll(`api_key=${key}&lastEventId=${body.cursor}&wait=0${filter}`, {to})).body
        }
        t.deepEqual(received, expected)
        t.true(
          sizes.every(size => size <= pageLength),
          String(sizes),
        )
        t.true(sizes.length >= 3)
      }
    }
  },
)

test.serial(
  'when the access of a caller is withdrawn during a poll, the poll ends at once with the problem of the next request',
  async t => {
    const {ada, root, organizationId, token} = await newTeam(t)
    const ticketFor = async (headers: Record<string, string>) => {
      const response = await fetch(`${server.url}/api/v1/events/tickets`, {
        method: 'POST',
        headers: {'content-type': 'application/json', ...headers},
        body: '{}',
      })
      return `ticket=${((await response.json()) as {ticket: string}).ticket}`
    }
    const newKey = () => createApiKey(server.db, {organizationId, name: 'CI', role: 'member'})
    const [key, keyOfTicket] = [await newKey(), await newKey()]
    const revoke = async ({apiKey}: typeof key) =>
      server.live.publish(organizationId, (await revokeApiKey(server.db, apiKey.id))!)
    const signIn = async () => {
      const response = await fetch(`${server.url}/api/v1/session`, {
        method: 'POST',
        headers: {origin: server.url, 'content-type': 'application/json'},
        body: JSON.stringify({token}),
      })
      return response.headers.get('set-cookie')!.split(';')[0]!
    }
    const signOut = (cookie: string) => () =>
      fetch(`${server.url}/api/v1/session`, {method: 'DELETE', headers: {origin: server.url, cookie}})
    const [cookie, cookieOfTicket] = [await signIn(), await signIn()]
    const {user_id} = await ada.caller()
    const cases: {query: string; headers?: Record<string, string>; end: () => unknown; code: string}[] = [
      {query: `api_key=${key.key}`, end: () => revoke(key), code: 'invalid-api-key'},
      {
        query: await ticketFor({'x-api-key': keyOfTicket.key}),
        end: () => revoke(keyOfTicket),
        code: 'invalid-ticket',
      },
      {query: '', headers: {cookie}, end: signOut(cookie), code: 'invalid-session'},
      {
        query: await ticketFor({cookie: cookieOfTicket, origin: server.url}),
        end: signOut(cookieOfTicket),
        code: 'invalid-ticket',
      },
      {query: `token=${token}`, end: () => root.delete(`/members/${user_id}`), code: 'member-removed'},
    ]
    for (const {query, headers = {}, end, code} of cases) {
      const before = server.live.stats().streams
      const waiting = poll(`${query}&wait=55`, {path: '', headers})
      await isWaiting(before + 1)
      await end()
      const ended = await waiting
      t.is(ended.body.code, code)
      const next = await poll(query, {path: '', headers})
      t.deepEqual([ended.status, ended.body], [next.status, next.body], code)
      for (const name of ['content-type', 'www-authenticate', 'cache-control', 'vary'])
        t.is(ended.headers.get(name), next.headers.get(name), name)
    }
  },
)

test.serial(
  'when another poll uses the same ticket, the earlier poll ends with invalid-ticket and the reason superseded',
  async t => {
    const {ada, bob, task, cursor} = await newTeam(t)
    const {ticket} = (await ada.post('/events/tickets', {topics: ['tasks']})).body
    const query = `ticket=${ticket}&lastEventId=${await cursor()}`
    const before = server.live.stats().streams
    const first = poll(query, {path: ''})
    await isWaiting(before + 1)
    const second = poll(query, {path: ''})
    t.like(await first, {status: 401, body: {code: 'invalid-ticket', reason: 'superseded'}})
    await isWaiting(before + 1)
    await bob.put(`/tasks/${task.id}/ownership`)
    t.deepEqual(typesOf(await second), ['ownership_taken'])
  },
)

test.serial(
  'a poll ends with status 401 when its credential expires, even if the poll could wait longer',
  async t => {
    const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', lifetime: 2})
    const {status, body} = await poll(`token=${token}&wait=55`)
    t.is(status, 401)
    t.like(body, {code: 'invalid-token', reason: 'expired'})
    t.like(await poll(`token=${token}&wait=55`), {status, body: {code: 'invalid-token', reason: 'expired'}})
  },
)

test.serial(
  'a waiting poll counts as a stream: above the limit, a poll gets too-many-streams and Retry-After',
  async t => {
    const small = await startServer({store: server.store, live: {maxStreamsPerUser: 2}})
    t.teardown(() => small.close())
    const token = await small.tokenFor({sub: 'ada', org: t.title})
    const stream = await Stream.open(`${small.url}/api/v1/events/tasks?token=${token}`)
    await stream.waitFor('stream.ready')
    const leaving = new AbortController()
    const waiting = poll(`token=${token}&wait=55`, {to: small, signal: leaving.signal})
    await isWaiting(2, small)
    const refused = await poll(`token=${token}&wait=0`, {to: small})
    t.like(refused, {status: 503, body: {code: 'too-many-streams', status: 503}})
    t.true(Number(refused.headers.get('retry-after')) >= 1)
    t.is(refused.headers.get('cache-control'), 'no-store')
    leaving.abort()
    await t.throwsAsync(waiting, {any: true})
    await until(() => small.live.stats().streams === 1)
    t.is((await poll(`token=${token}&wait=0`, {to: small})).status, 200)
    t.is(small.live.stats().streams, 1, 'an answered poll is no longer counted')
  },
)

test.serial(
  'above the limit of stream opens per minute, polls are answered, but a poll with a ticket gets status 429 with Retry-After',
  async t => {
    const limited = await startServer({store: server.store, rateLimits: {streamOpensPerUser: 2}})
    t.teardown(() => limited.close())
    const token = await limited.tokenFor({sub: 'ada', org: t.title})
    for (let n = 0; n < 4; n++) t.is((await poll(`token=${token}&wait=0`, {to: limited})).status, 200)
    const {body: issued} = await limited
      .as({sub: 'ada', org: t.title})
      .post('/events/tickets', {topics: ['tasks']})
    const pollWithTicket = () => poll(`ticket=${issued.ticket}&wait=0`, {to: limited, path: ''})
    for (let n = 0; n < 2; n++) t.is((await pollWithTicket()).status, 200)
    const {status, body, headers} = await pollWithTicket()
    t.is(status, 429)
    t.is(body.code, 'rate-limited')
    t.is(headers.get('retry-after'), String(body.retry_after_seconds))
  },
)

test.serial('when the log cannot be read, a poll gets store-unavailable with Retry-After', async t => {
  const broken = await startServer()
  t.teardown(() => broken.close())
  const token = await broken.tokenFor({sub: 'ada', org: 'acme'})
  t.is((await poll(`token=${token}&wait=0`, {to: broken})).status, 200)
  await broken.db.schema.alterTable('events').renameTo('lost').execute()
  const {status, body, headers} = await poll(`token=${token}&lastEventId=aaaaaaaaaaaaa-1`, {to: broken})
  t.is(status, 503)
  t.is(body.code, 'store-unavailable')
  t.is(headers.get('retry-after'), '2')
  t.is(broken.live.stats().streams, 0)
})

test.serial(
  'when a server drains, its waiting polls are answered at once and their connections close; a new poll gets status 503',
  async t => {
    const stopping = await startServer({store: server.store})
    const token = await stopping.tokenFor({sub: 'ada', org: t.title})
    const {status, body} = await poll(`token=${token}&wait=0`, {to: stopping})
    t.is(status, 200)
    const query = `token=${token}&lastEventId=${body.cursor}`
    const waiting = [poll(`${query}&wait=55`, {to: stopping}), poll(query, {to: stopping})]
    await isWaiting(2, stopping)
    await stopping.live.drain()
    for (const answer of await Promise.all(waiting)) {
      t.deepEqual({...answer.body, cursor: ''}, {events: [], cursor: '', ready: true})
      t.truthy(parseCursor(answer.body.cursor))
      t.is(answer.headers.get('connection'), 'close')
    }
    const late = await poll(`token=${token}`, {to: stopping})
    t.like(late, {status: 503, body: {code: 'draining'}})
    t.is(late.headers.get('retry-after'), '2')
    await stopping.close()
  },
)

test.serial('HEAD returns the headers of an answer at once, with an empty body', async t => {
  const {token} = await newTeam(t)
  const before = server.live.stats().streams
  const answer = await poll(`token=${token}&wait=55`, {method: 'HEAD'})
  t.is(answer.status, 200)
  t.is(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  t.is(answer.headers.get('cache-control'), 'no-store')
  t.is(answer.headers.get('vary'), 'Accept')
  t.is(answer.body, undefined)
  t.is(server.live.stats().streams, before)
})

test.serial(
  'polls share a connection, and further requests on the connection of a waiting poll are handled after its answer',
  async t => {
    const {bob, task, token, cursor} = await newTeam(t)
    const agent = new Agent({keepAlive: true, maxSockets: 1})
    t.teardown(() => agent.destroy())
    const request = (path: string) => {
      const headers = {accept: 'application/json', authorization: `Bearer ${token}`}
      return get(`${server.url}/api/v1${path}`, {agent, headers})
    }
    const first = request('/events/tasks?wait=0')
    const [response] = (await once(first, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    const second = request(`/events/tasks?lastEventId=${await cursor()}`)
    const third = request('/me')
    const before = server.live.stats().streams
    await isWaiting(before + 1)
    await bob.put(`/tasks/${task.id}/ownership`)
    const [[waited]] = [(await once(second, 'response')) as [IncomingMessage]]
    t.true(second.reusedSocket)
    waited!.resume()
    const [me] = (await once(third, 'response')) as [IncomingMessage]
    t.is(me.statusCode, 200)
    me.resume()
  },
)

test.serial(
  'the log has one line for a poll, with its status, its code and the request id of the answer',
  async t => {
    const {token, organizationId} = await newTeam(t)
    const linesOf = (id: string) => server.log.filter(({request_id}) => request_id === id)
    const answer = await poll(`token=${token}&wait=0`)
    const id = answer.headers.get('x-request-id')!
    await until(() => linesOf(id).length === 1)
    t.like(linesOf(id)[0], {
      msg: 'request',
      method: 'GET',
      path: '/api/v1/events/tasks',
      status: 200,
      level: 30,
      organization_id: organizationId,
    })
    t.false('aborted' in linesOf(id)[0]!)

    const {apiKey, key} = await createApiKey(server.db, {organizationId, name: 'CI', role: 'member'})
    const before = server.live.stats().streams
    const waiting = poll(`api_key=${key}&types=task.deleted`)
    await isWaiting(before + 1)
    server.live.publish(organizationId, (await revokeApiKey(server.db, apiKey.id))!)
    const revokedId = (await waiting).headers.get('x-request-id')!
    await until(() => linesOf(revokedId).length === 1)
    t.like(linesOf(revokedId)[0], {status: 401, code: 'invalid-api-key', level: 40})
    t.false(JSON.stringify(server.log).includes(token))
  },
)

test.serial(
  'when a client disconnects while its poll waits, nothing of the poll remains, and its log line says aborted',
  async t => {
    const {token, bob, task, organizationId} = await newTeam(t)
    const {body: start} = await poll(`token=${token}&wait=0`)
    const before = server.live.stats().streams
    const lines = () =>
      server.log.filter(line => line.organization_id === organizationId && line.aborted === true)
    const leaving = new AbortController()
    const waiting = poll(`token=${token}&wait=55`, {signal: leaving.signal})
    await isWaiting(before + 1)
    leaving.abort()
    await t.throwsAsync(waiting, {any: true})
    await until(() => server.live.stats().streams === before && lines().length === 1)
    await bob.put(`/tasks/${task.id}/ownership`)
    const next = await poll(`token=${token}&lastEventId=${start.cursor}`)
    t.deepEqual(
      typesOf(next),
      ['ownership_taken'],
      'the next poll receives what the first poll did not receive',
    )
  },
)

test.serial('an HTTP/1.0 client can poll', async t => {
  const {token} = await newTeam(t)
  const headers = {accept: 'application/json'}
  const url = `${server.url}/api/v1/events/tasks?token=${token}&wait=0`
  const stream = await Stream.open(url, {httpVersion: '1.0', headers})
  await stream.ended()
  t.is(stream.status, 200)
  t.regex(stream.head, /\r\ncontent-length: \d+/i)
  t.notRegex(stream.head, /transfer-encoding/i)
})

interface Poller {
  /** The parameters of the selection. */
  query: string
  wants: (event: BoardEvent) => boolean
}

test.serial(
  'polls of several processes receive each event once and in order, with any waits, disconnects and concurrent changes',
  async t => {
    const project = newId()
    const pollers: Poller[] = [
      {query: '', wants: () => true},
      {query: 'types=task.deleted', wants: ({type}) => type === 'task.deleted'},
      {query: `project_id=${project}&types=task.deleted,member.updated`, wants: () => true},
      {query: 'types=task.failed', wants: () => false},
    ]
    const step = fc.record({
      events: fc.array(fc.boolean(), {minLength: 1, maxLength: 30}),
      repeat: fc.constantFrom(1, 1, 1, 8),
      publish: fc.boolean(),
      pause: fc.constantFrom(0, 0, 5, 20),
    })
    const habit = fc.record({
      wait: fc.constantFrom(0, 1, 25),
      to: fc.constantFrom(0, 1),
      leaveAfterMs: fc.constantFrom(null, null, 0, 2, 5, 15),
    })
    const run = async (steps: readonly Step[], habits: readonly Habit[]) => {
      const org = `${t.title} ${newId()}`
      const ada = server.as({sub: 'ada', org, role: 'member', name: 'Ada'})
      const {organization_id: organizationId} = await ada.caller()
      const {key} = await createApiKey(server.db, {organizationId, name: 'CI', role: 'member'})
      const {body: start} = await poll(`api_key=${key}&wait=0&lastEventId=earliest`)
      const log: {id: string; event: BoardEvent}[] = []
      let isDone = false
      const follow = async ({query}: Poller, shift: number) => {
        const received: {id: string}[] = []
        let {cursor} = start
        for (let n = shift; ; n++) {
          const wasDone = isDone
          const {wait, to, leaveAfterMs} = habits[n % habits.length]!
          const leaving = new AbortController()
          const mayLeave = leaveAfterMs !== null && !wasDone
          const timer = mayLeave ? setTimeout(() => leaving.abort(), leaveAfterMs) : undefined
          const answer = await poll(
            `api_key=${key}&lastEventId=${cursor}&wait=${wasDone ? 0 : Math.min(wait, 1)}&${query}`,
            {
              to: [server, other][to]!,
              signal: leaving.signal,
            },
          ).catch(() => undefined)
          clearTimeout(timer)
          if (!answer) continue
          t.is(answer.status, 200, JSON.stringify(answer.body))
          t.is(answer.body.reset, undefined)
          received.push(...answer.body.events)
          cursor = answer.body.cursor
          if (wasDone && answer.body.ready && seqOf(cursor) >= seqOf(log.at(-1)?.id ?? start.cursor))
            return received
        }
      }
      const following = pollers.map(follow)
      for (const {events, repeat, publish, pause} of steps) {
        const all = Array.from({length: repeat}, () => events).flat()
        const {records} = await commit(publish ? server : undefined, organizationId, all.length, index =>
          all[index] ? taskDeleted(project) : memberUpdated(),
        )
        const epoch = start.cursor.split('-')[0]
        log.push(...records.map(({seq, data}) => ({id: `${epoch}-${seq}`, event: JSON.parse(data)})))
        await delay(pause)
      }
      isDone = true
      for (const [index, received] of (await Promise.all(following)).entries()) {
        const wanted = log.filter(({event}) => pollers[index]!.wants(event))
        t.deepEqual(
          received,
          wanted.map(({id, event}) => ({id, ...event})),
          pollers[index]!.query,
        )
      }
    }
    type Step = {events: boolean[]; repeat: number; publish: boolean; pause: number}
    type Habit = {wait: number; to: number; leaveAfterMs: number | null}
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, {minLength: 1, maxLength: 15}),
        fc.array(habit, {minLength: 1, maxLength: 6}),
        run,
      ),
      {numRuns: 12},
    )
    await until(() => server.live.stats().streams === 0 && other.live.stats().streams === 0)
    t.pass()
  },
)

const seqOf = (cursor: string) => parseCursor(cursor)!.seq

function memberUpdated(): BoardEvent {
  const member = {id: newId(), name: 'Zoë'}
  return {type: 'member.updated', timestamp: new Date().toISOString(), actor_user_id: member.id, member}
}

function taskDeleted(project_id: string): BoardEvent {
  const ids = {project_id, story_id: newId(), task_id: newId()}
  return {type: 'task.deleted', timestamp: new Date().toISOString(), actor_user_id: null, version: 1, ...ids}
}

/** Commits events in one transaction. If a server is given, publishes the events to this server. */
async function commit(
  to: Server | undefined,
  organizationId: string,
  count: number,
  make: (index: number) => BoardEvent = memberUpdated,
) {
  const events = Array.from({length: count}, (_, index) => ({event: make(index)}))
  const appended = await server.db
    .transaction()
    .execute(trx => appendEvents(trx, organizationId, new Date().toISOString(), events))
  to?.live.publish(organizationId, appended)
  return appended
}
