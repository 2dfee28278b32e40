// Tests who can request a ticket, which streams a ticket opens, and what ends these streams.
import test from 'ava'
import {EventSource} from 'eventsource'
import {decodeJwt} from 'jose'
import {sql} from 'kysely'
import {hashOf} from '../../src/identity/secrets.ts'
import {appendAccessChange, readHead} from '../../src/store/event-log.ts'
import {createApiKey, revokeApiKey} from '../helpers/api-keys.ts'
import {readAnswer, startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

// The server polls the log only every 10 minutes, so that a poll never ends a stream during a test.
const server = await startServer({live: {limits: {pollIntervalMs: 600_000}}})
test.after.always(() => server.close())

const pathOf = (ticket: string, more = '') => `/api/v1/events?ticket=${ticket}${more}`
const open = (ticket: string, more = '', to = server) => Stream.open(to.url + pathOf(ticket, more))

async function openReady(ticket: string, to = server): Promise<Stream> {
  const stream = await open(ticket, '', to)
  await stream.waitFor('stream.ready')
  return stream
}

/** Requests a stream, and returns the response with which the server refuses the stream. */
async function refused(
  query: string,
  headers: Record<string, string> = {},
  path = '/api/v1/events',
  to = server,
) {
  return readAnswer(await fetch(`${to.url}${path}?${query}`, {headers}))
}

async function requestTicket(headers: Record<string, string>, selection: object = {}, to = server) {
  const response = await fetch(`${to.url}/api/v1/events/tickets`, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
    body: JSON.stringify(selection),
  })
  return readAnswer(response)
}

async function signIn(org: string): Promise<string> {
  const token = await server.tokenFor({sub: 'ada', org, role: 'member', name: 'Ada'})
  const headers = {origin: server.url, 'content-type': 'application/json'}
  const request = {method: 'POST', headers, body: JSON.stringify({token})}
  const response = await fetch(`${server.url}/api/v1/session`, request)
  return response.headers.get('set-cookie')!.split(';')[0]!
}

const ticketRow = (ticket: string) =>
  server.db
    .selectFrom('tickets')
    .selectAll()
    .where('ticket_hash', '=', hashOf(ticket))
    .executeTakeFirstOrThrow()

const typesOf = (stream: Stream) => stream.events.map(({data}) => data.type)

test('an EventSource with a ticket receives the events of the selection, also after a reconnection with the same URL', async t => {
  const {vic, bob, sprint, story, task} = await server.team(t.title)
  const selection = {topics: ['tasks'], sprint_id: [sprint.id], types: ['ownership_taken', 'task.created']}
  const {status, body} = await vic.post('/events/tickets', selection)
  t.is(status, 201)
  t.regex(body.ticket, /^bct_[\w-]{43}$/)
  let connection = new AbortController()
  let connections = 0
  let missed: Promise<unknown> | undefined
  const source = new EventSource(server.url + pathOf(body.ticket), {
    async fetch(url, init) {
      connections++
      await missed
      connection = new AbortController()
      return fetch(url, {...init, signal: AbortSignal.any([init.signal!, connection.signal])})
    },
  })
  t.teardown(() => source.close())
  const received: string[] = []
  for (const type of ['stream.ready', 'ownership_taken', 'task.commented', 'task.created']) {
    source.addEventListener(type, () => received.push(type))
  }
  await until(() => received.length === 1)
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.post(`/tasks/${task.id}/comments`, {body: 'Mind the valve.'})
  await until(() => received.length === 2)
  connection.abort(new TypeError('the connection is lost')) // EventSource does not reconnect after an AbortError
  missed = bob.post(`/stories/${story.id}/tasks`, {title: 'Weld'})
  await until(() => received.length === 4)
  t.deepEqual(received, ['stream.ready', 'ownership_taken', 'task.created', 'stream.ready'])
  t.is(connections, 2)
})

test('a ticket without a selection opens the stream of all topics, and the URL can set framing and lastEventId', async t => {
  const {ada, bob, project, task} = await server.team(t.title)
  const {ticket} = (await ada.post('/events/tickets', {})).body
  const stream = await openReady(ticket)
  await bob.put(`/tasks/${task.id}/ownership`)
  await bob.post(`/projects/${project.id}/escalations`, {question: 'May we vent?'})
  await stream.waitFor('escalation.created')
  t.deepEqual(typesOf(stream), ['ownership_taken', 'escalation.created'])
  const replay = await open(ticket, '&framing=message&lastEventId=earliest')
  await replay.waitFor('escalation.created')
  t.true(replay.received.every(({event}) => event === undefined))
})

test('a ticket can be requested with a token, an API key or a session, and ends at the same time as this credential', async t => {
  const {organizationId} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'vic', org: t.title, role: 'viewer', name: 'Vic'})
  const forever = await createApiKey(server.db, {organizationId, name: 'CI', role: 'viewer'})
  const expiresAt = new Date(Date.now() + 5_000_000).toISOString()
  const limited = await createApiKey(server.db, {organizationId, name: 'CI', role: 'viewer', expiresAt})
  const cookie = await signIn(t.title)
  const {id: sessionId, expires_at: sessionEnd} = await server.db
    .selectFrom('sessions')
    .select(['id', 'expires_at'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
  const cases: [
    Record<string, string>,
    string | null,
    {api_key_id: string | null; session_id: string | null},
  ][] = [
    [
      {authorization: `Bearer ${token}`},
      new Date(decodeJwt(token).exp! * 1000).toISOString(),
      {api_key_id: null, session_id: null},
    ],
    [{'x-api-key': forever.key}, null, {api_key_id: forever.apiKey.id, session_id: null}],
    [{'x-api-key': limited.key}, expiresAt, {api_key_id: limited.apiKey.id, session_id: null}],
    [{cookie, origin: server.url}, sessionEnd, {api_key_id: null, session_id: sessionId}],
  ]
  for (const [headers, end, ids] of cases) {
    const {status, body} = await requestTicket(headers)
    t.is(status, 201)
    t.is(body.expires_at, end)
    t.like(await ticketRow(body.ticket), {...ids, expires_at: end})
    ;(await openReady(body.ticket)).close()
  }
})

test('the server stores only a hash of a ticket, and ignores the Idempotency-Key of a request for a ticket', async t => {
  const {ada, organizationId} = await server.team(t.title)
  const headers = {'idempotency-key': 'once'}
  const tickets = []
  for (const selection of [{}, {}, {topics: ['user']}]) {
    const {status, body} = await ada.post('/events/tickets', selection, headers)
    t.is(status, 201)
    tickets.push(body.ticket)
  }
  t.is(new Set(tickets).size, 3)
  const {rows} = await sql<{text: string}>`
    select to_jsonb(t)::text as text from tickets t where organization_id = ${organizationId}
    union all select to_jsonb(k)::text from idempotency_keys k where organization_id = ${organizationId}`.execute(
    server.db,
  )
  t.is(rows.length, 3)
  for (const ticket of tickets) t.false(rows.some(({text}) => text.includes(ticket)))
})

test('a selection that is invalid or has too many values is refused', async t => {
  const {ada, sprint} = await server.team(t.title)
  for (const selection of [
    undefined,
    [],
    {topics: []},
    {topics: ['board']},
    {topics: 'tasks'},
    {sprint_id: sprint.id},
    {sprint_id: []},
    {sprint_id: ['x']},
    {types: ['stream.open']},
    {types: ['access.changed']},
    {framing: 'message'},
    {user_id: sprint.id},
  ]) {
    const {status, body} = await ada.post('/events/tickets', selection)
    t.is(status, selection ? 400 : 415, JSON.stringify(body))
  }
  const tooMany = await ada.post('/events/tickets', {sprint_id: Array(201).fill(sprint.id)})
  t.is(tooMany.status, 403)
  t.like(tooMany.body, {code: 'quota-exceeded', setting: 'MAX_FILTER_VALUES', limit: 200, used: 201})
})

test('a ticket must be used for the first time within 30 s, and can be used again after these 30 s', async t => {
  const {ada} = await server.team(t.title)
  const late = (await ada.post('/events/tickets', {})).body.ticket
  const {created_at, first_use_before} = await ticketRow(late)
  t.is(Date.parse(first_use_before) - Date.parse(created_at), 30_000)
  const endFirstUse = (ticket: string) =>
    server.db
      .updateTable('tickets')
      .set({first_use_before: new Date().toISOString()})
      .where('ticket_hash', '=', hashOf(ticket))
      .execute()
  const used = (await ada.post('/events/tickets', {})).body.ticket
  ;(await openReady(used)).close()
  await endFirstUse(late)
  await endFirstUse(used)
  const {status, body} = await refused(`ticket=${late}`)
  t.is(status, 401)
  t.like(body, {code: 'invalid-ticket', reason: 'first-use-too-late'})
  ;(await openReady(used)).close()
})

test('when a second stream of a ticket opens, the first client is told not to reconnect for a day, and the first stream ends', async t => {
  const {ada, bob, task} = await server.team(t.title)
  const {ticket} = (await ada.post('/events/tickets', {})).body
  const first = await openReady(ticket)
  const second = await openReady(ticket)
  await first.ended()
  const revoked = first.received.at(-1)!
  t.true(Number(revoked.retry) >= 86_400_000)
  t.like(revoked.data, {type: 'stream.revoked', reason: 'ticket-superseded'})
  await bob.put(`/tasks/${task.id}/ownership`)
  await second.waitFor('ownership_taken')
  t.deepEqual(typesOf(second), ['ownership_taken'])
})

test('two tickets of the same member have independent streams', async t => {
  const {ada, bob, task} = await server.team(t.title)
  const streams = []
  for (let n = 0; n < 2; n++)
    streams.push(await openReady((await ada.post('/events/tickets', {})).body.ticket))
  await bob.put(`/tasks/${task.id}/ownership`)
  for (const stream of streams) await stream.waitFor('ownership_taken')
  t.pass()
})

test('when a request opens no stream, the open stream of the ticket continues, and no use of the ticket is recorded', async t => {
  const stopping = await startServer({store: server.store})
  const ada = stopping.as({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const {ticket} = (await ada.post('/events/tickets', {})).body
  const check = async () => {
    const head = await Stream.open(server.url + pathOf(ticket), {method: 'HEAD'})
    await head.ended()
    t.is(head.status, 200)
    t.is((await refused(`ticket=${ticket}&topics=tasks`)).status, 400)
  }
  await check()
  t.is((await ticketRow(ticket)).use_id, null)
  const stream = await openReady(ticket)
  const {use_id} = await ticketRow(ticket)
  await check()
  await stopping.live.drain()
  const drained = await open(ticket, '', stopping)
  await drained.ended()
  t.is(drained.received.at(-1)!.data.reason, 'draining')
  t.is((await ticketRow(ticket)).use_id, use_id)
  t.false(stream.hasEnded)
  await stopping.close()
})

test('when the API key with which a ticket was requested is revoked, the stream ends and the ticket is refused', async t => {
  const {organizationId} = await server.team(t.title)
  const {apiKey, key} = await createApiKey(server.db, {organizationId, name: 'CI', role: 'viewer'})
  const {ticket} = (await requestTicket({'x-api-key': key})).body
  const stream = await openReady(ticket)
  server.live.publish(organizationId, await revokeApiKey(server.db, apiKey.id))
  await stream.ended()
  t.like(stream.received.at(-1)!.data, {type: 'stream.revoked', reason: 'api-key-revoked'})
  const {status, body} = await refused(`ticket=${ticket}`)
  t.is(status, 401)
  t.like(body, {code: 'invalid-ticket', reason: 'api-key-revoked'})
})

test('when the session in which a ticket was requested ends, the stream ends and the ticket is refused', async t => {
  const cookie = await signIn(t.title)
  const {ticket} = (await requestTicket({cookie, origin: server.url})).body
  const stream = await openReady(ticket)
  await fetch(`${server.url}/api/v1/session`, {method: 'DELETE', headers: {cookie, origin: server.url}})
  await stream.ended()
  t.like(stream.received.at(-1)!.data, {type: 'stream.revoked', reason: 'signed-out'})
  t.like((await refused(`ticket=${ticket}`)).body, {code: 'invalid-ticket', reason: 'signed-out'})
})

test('when a member is removed, the streams of the member’s tickets end, and the tickets are refused', async t => {
  const {ada, organizationId} = await server.team(t.title)
  const {user_id} = await ada.caller()
  const [used, unused] = [await ada.post('/events/tickets', {}), await ada.post('/events/tickets', {})]
  const stream = await openReady(used.body.ticket)
  const appended = await server.db.transaction().execute(async trx => {
    const removed_at = new Date().toISOString()
    await trx.updateTable('members').set({removed_at}).where('id', '=', user_id).execute()
    const change = {actor_user_id: null, ids: [user_id], reason: 'member-removed'} as const
    return appendAccessChange(trx, organizationId, removed_at, change)
  })
  server.live.publish(organizationId, appended)
  await stream.ended()
  t.like(stream.received.at(-1)!.data, {type: 'stream.revoked', reason: 'member-removed'})
  for (const {body} of [used, unused]) {
    const answer = await refused(`ticket=${body.ticket}`)
    t.is(answer.status, 403)
    t.is(answer.body.code, 'member-removed')
  }
})

test('when the credential with which a ticket was requested ends soon, the stream of the ticket receives a warning', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title, lifetime: 50})
  const {ticket, expires_at} = (await requestTicket({authorization: `Bearer ${token}`})).body
  const stream = await open(ticket)
  t.is((await stream.waitFor('stream.expiring')).data.expires_at, expires_at)
})

test('when the end of a session is moved to an earlier time, a ticket of the session also ends at this earlier time', async t => {
  const cookie = await signIn(t.title)
  const {ticket} = (await requestTicket({cookie, origin: server.url})).body
  const {session_id} = await ticketRow(ticket)
  const setEnd = (expires_at: string) =>
    server.db.updateTable('sessions').set({expires_at}).where('id', '=', session_id!).execute()
  const soon = new Date(Date.now() + 40_000).toISOString()
  await setEnd(soon)
  const stream = await open(ticket)
  t.is((await stream.waitFor('stream.expiring')).data.expires_at, soon)
  await setEnd(new Date(Date.now() - 1).toISOString())
  t.like((await refused(`ticket=${ticket}`)).body, {code: 'invalid-ticket', reason: 'expired'})
})

test('a request with a ticket is refused when the request also has a selection, an invalid framing or a second credential, or when the path selects a single topic', async t => {
  const {ada, sprint} = await server.team(t.title)
  const token = await server.tokenFor({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const {ticket} = (await ada.post('/events/tickets', {})).body
  for (const [query, headers, path] of [
    [`ticket=${ticket}&sprint_id=${sprint.id}`],
    [`ticket=${ticket}&topics=tasks`],
    [`ticket=${ticket}&framing=none`],
    [`ticket=${ticket}&ticket=${ticket}`],
    [`ticket=${ticket}&token=${token}`],
    [`ticket=${ticket}&api_key=x`],
    [`ticket=${ticket}`, {authorization: `Bearer ${token}`}],
    [`ticket=${ticket}`, {}, '/api/v1/events/tasks'],
    [`ticket=${ticket}`, {}, '/api/v1/events/user'],
  ] as [string, Record<string, string>?, string?][]) {
    const {status, body} = await refused(query, headers, path)
    t.is(status, 400, `${query} ${path}`)
    t.is(body.code, 'invalid-request')
    t.false(JSON.stringify(body).includes(ticket))
  }
  t.is((await ticketRow(ticket)).use_id, null)
  const described = await refused(`ticket=${ticket}&sprint_id=${sprint.id}`)
  t.regex(described.body.detail, /framing, lastEventId, wait\. Remove sprint_id\./)
})

test('a ticket takes precedence over the session cookie, which browsers always send', async t => {
  const {vic} = await server.team(t.title)
  const {user_id} = await vic.caller()
  const cookie = await signIn(t.title)
  const {ticket} = (await vic.post('/events/tickets', {topics: ['user']})).body
  const stream = await Stream.open(server.url + pathOf(ticket), {headers: {cookie}})
  await stream.waitFor('stream.ready')
  t.is((await ticketRow(ticket)).member_id, user_id)
  t.not((await ticketRow(ticket)).use_id, null)
  const wrong = await refused(`ticket=bct_${'x'.repeat(43)}`, {cookie})
  t.is(wrong.status, 401)
})

test('a request with a ticket is refused when the request reads a resource or asks for another ticket', async t => {
  const {ada, organizationId} = await server.team(t.title)
  const {ticket} = (await ada.post('/events/tickets', {})).body
  const {seq} = await readHead(server.db, organizationId)
  for (const path of ['/me', '/projects', `/me?ticket=${ticket}`]) {
    for (const headers of [{}, {authorization: `Bearer ${ticket}`}, {'x-api-key': ticket}]) {
      t.is((await fetch(`${server.url}/api/v1${path}`, {headers})).status, 401, path)
    }
  }
  const response = await fetch(`${server.url}/api/v1/events/tickets?ticket=${ticket}`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: '{}',
  })
  t.is(response.status, 401)
  t.is((await fetch(`${server.url}/api/v1/events/tickets`)).status, 405)
  t.is((await readHead(server.db, organizationId)).seq, seq)
})

test('an unknown ticket is counted as a refused credential, but an expired ticket is not counted', async t => {
  const limited = await startServer({store: server.store, trustProxy: 1, rateLimits: {refusalsPerAddress: 1}})
  t.teardown(() => limited.close())
  const ada = limited.as({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const from = {'x-forwarded-for': '203.0.113.7'}
  const [expired, known, fresh] = await Promise.all(
    Array.from({length: 3}, async () => (await ada.post('/events/tickets', {})).body.ticket as string),
  )
  ;(await openReady(known!, limited)).close()
  await server.db
    .updateTable('tickets')
    .set({expires_at: new Date().toISOString()})
    .where('ticket_hash', '=', hashOf(expired!))
    .execute()
  const unknown = `bct_${'x'.repeat(43)}`
  const statusOf = async (ticket: string) =>
    (await refused(`ticket=${ticket}`, from, '/api/v1/events', limited)).status
  for (let n = 0; n < 3; n++) t.is(await statusOf(expired!), 401)
  t.is(await statusOf(unknown), 401)
  for (const ticket of [unknown, fresh!]) {
    const stream = await Stream.open(limited.url + pathOf(ticket), {headers: from})
    await stream.ended()
    t.is(stream.received.at(-1)!.data.reason, 'rate-limited')
  }
  const stream = await Stream.open(limited.url + pathOf(known!), {headers: from})
  await stream.waitFor('stream.ready')
  stream.close()
})

test('the rate limit of changes also counts the requests for tickets', async t => {
  const limited = await startServer({store: server.store, rateLimits: {changesPerUser: 2}})
  t.teardown(() => limited.close())
  const ada = limited.as({sub: 'ada', org: t.title, role: 'viewer', name: 'Ada'})
  const first = await ada.post('/events/tickets', {})
  t.regex(first.headers.get('ratelimit')!, /^"user";r=1;t=/)
  await ada.post('/events/tickets', {})
  t.is((await ada.post('/events/tickets', {})).status, 429)
})

test('when the limit of stream opens refuses a second stream of a ticket, the first stream of the ticket continues', async t => {
  const limited = await startServer({store: server.store, rateLimits: {streamOpensPerUser: 1}})
  t.teardown(() => limited.close())
  const ada = limited.as({sub: 'ada', org: t.title, role: 'viewer', name: 'Ada'})
  const {ticket} = (await ada.post('/events/tickets', {})).body
  const stream = await openReady(ticket, limited)
  const {use_id} = await ticketRow(ticket)
  const second = await open(ticket, '', limited)
  await second.ended()
  t.is(second.received.at(-1)!.data.reason, 'rate-limited')
  t.is((await ticketRow(ticket)).use_id, use_id)
  t.false(stream.hasEnded)
})

test('when the database fails, a stream with a ticket has status 200 and ends with the event stream.unavailable', async t => {
  const broken = await startServer()
  const ada = broken.as({sub: 'ada', org: t.title, role: 'member', name: 'Ada'})
  const {ticket} = (await ada.post('/events/tickets', {})).body
  await broken.db.schema.alterTable('tickets').renameTo('lost').execute()
  const stream = await open(ticket, '', broken)
  await stream.ended()
  t.is(stream.status, 200)
  t.like(stream.received.at(-1)!.data, {type: 'stream.unavailable', reason: 'store'})
  await broken.close()
})

test('with QUERY_TOKENS=off, a token or an API key in the query is refused, but headers and tickets are accepted', async t => {
  const strict = await startServer({store: server.store, queryTokens: false})
  t.teardown(() => strict.close())
  const who = {sub: 'ada', org: t.title, role: 'member', name: 'Ada'} as const
  const ada = strict.as(who)
  const {organization_id: organizationId} = await ada.caller()
  const {key} = await createApiKey(server.db, {organizationId, name: 'CI', role: 'viewer'})
  const token = await strict.tokenFor(who)
  const cookie = `boardcast_session=bcs_${'x'.repeat(43)}`
  for (const query of [`token=${token}`, `api_key=${key}`]) {
    for (const headers of [{}, {cookie}]) {
      const {status, body} = await refused(query, headers, '/api/v1/events/tasks', strict)
      t.is(status, 401)
      t.is(body.code, 'unauthenticated')
      t.regex(
        body.detail,
        /QUERY_TOKENS=off.*Authorization: Bearer.*X-API-Key.*POST \/api\/v1\/events\/tickets/,
      )
    }
  }
  const byHeader = await Stream.open(`${strict.url}/api/v1/events/tasks`, {headers: {'x-api-key': key}})
  await byHeader.waitFor('stream.ready')
  byHeader.close()
  const {ticket} = (await ada.post('/events/tickets', {})).body
  ;(await openReady(ticket, strict)).close()
})
