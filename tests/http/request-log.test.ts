import {once} from 'node:events'
import {connect} from 'node:net'
import test from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a request is logged as one line with its id, method, path, address, member, status and duration', async t => {
  const ada = server.as({sub: 'ada', org: t.title})
  const {headers, body} = await ada.get('/me')
  const lines = await linesOf(headers.get('x-request-id'))
  t.is(lines.length, 1)
  const {organization_id, user_id} = body
  t.like(lines[0], {level: 30, method: 'GET', path: '/api/v1/me', status: 200, msg: 'request'})
  t.like(lines[0], {address: '127.0.0.1', organization_id, user_id})
  t.is(typeof lines[0]!.ms, 'number')
  t.false('code' in lines[0]!)
})

test('a 4xx response is logged as a warning with the code of its problem', async t => {
  const {headers} = await fetch(`${server.url}/nothing`)
  t.like((await linesOf(headers.get('x-request-id')))[0], {
    level: 40,
    path: '/nothing',
    status: 404,
    code: 'not-found',
  })
})

test('in the log, a path of more than 200 characters is cut', async t => {
  const {headers} = await fetch(`${server.url}/${'x'.repeat(1_000)}`)
  const [line] = await linesOf(headers.get('x-request-id'))
  t.is(line!.path, `/${'x'.repeat(199)}…`)
})

test('the line of a stream is logged when the stream ends, and contains the member and the address', async t => {
  const who = {sub: 'ada', org: t.title}
  const {organization_id, user_id} = await server.as(who).caller()
  const stream = await Stream.open(`${server.url}/api/v1/events/projects?token=${await server.tokenFor(who)}`)
  await stream.waitFor('stream.ready')
  const ofStream = (msg: string) =>
    server.log.filter(
      line =>
        line.msg === msg &&
        line.organization_id === organization_id &&
        line.path === '/api/v1/events/projects',
    )
  t.is(ofStream('stream opened').length, 1)
  t.is(ofStream('request').length, 0)
  stream.close()
  await until(() => ofStream('request').length === 1)
  const [line] = ofStream('request')
  t.like(line, {level: 30, method: 'GET', status: 200, user_id, address: '127.0.0.1'})
  t.false('code' in line!)
})

test('the line of a stream contains its selection, the events and bytes that were sent, and the reason of the end', async t => {
  const who = {sub: 'ada', org: t.title}
  const team = await server.team(t.title)
  const url = `${server.url}/api/v1/events/tasks?sprint_id=${team.sprint.id}&token=${await server.tokenFor(who)}`
  const stream = await Stream.open(url, {headers: {'x-request-id': 'from-the-proxy.1'}})
  await stream.waitFor('stream.ready')
  for (const title of ['One', 'Two']) await team.ada.post(`/stories/${team.story.id}/tasks`, {title})
  await stream.waitUntil(() => stream.events.length === 2)
  const resumed = await Stream.open(`${url}&lastEventId=earliest&framing=message`)
  await resumed.waitFor('stream.ready')
  const bytes = stream.events.reduce(
    (sum, {id, event, data}) => sum + `id:${id}\nevent:${event}\ndata:${JSON.stringify(data)}\n\n`.length,
    0,
  )
  stream.close()
  resumed.close()
  const lines = () =>
    server.log.filter(({msg, selection}) => msg === 'request' && String(selection).includes(team.sprint.id))
  await until(() => lines().length === 2)
  const [live, replayed] = ['event', 'message'].map(framing =>
    lines().find(({selection}) => String(selection).startsWith(framing)),
  )
  t.like(live, {events: 2, bytes, reason: 'client', request_id: 'from-the-proxy.1'})
  t.is(live!.selection, `event&topics=tasks&sprint_id=${team.sprint.id}`)
  t.is(replayed!.events, resumed.events.length)
  t.true(Number(replayed!.bytes) > 0)
})

test('the reason of the end tells a stream that the server ended from a client that disconnected', async t => {
  const stopping = await startServer()
  const token = await stopping.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${stopping.url}/api/v1/events/tasks?token=${token}`)
  await stream.waitFor('stream.ready')
  await stopping.close()
  await until(() => stopping.log.some(({reason}) => reason === 'drain'))
  t.like(
    stopping.log.find(({reason}) => reason === 'drain'),
    {events: 0, bytes: 0},
  )
})

test('a valid X-Request-Id is used in the log and in the response; another id is replaced', async t => {
  const ada = server.as({sub: 'ada', org: t.title})
  const idFor = async (id: string) => (await ada.get('/me', {'x-request-id': id})).headers.get('x-request-id')
  const id = 'Ab9._-'.repeat(21)
  t.is(await idFor(id), id)
  t.is((await linesOf(id)).length, 1)
  for (const invalid of ['', 'a b', 'a"b', 'ä'.normalize(), 'x'.repeat(129), '<script>']) {
    const used = await idFor(encodeURI(invalid) === invalid ? invalid : 'a%b')
    t.regex(used!, /^[0-9a-f-]{36}$/)
  }
  const poll = await fetch(`${server.url}/api/v1/events/tasks?wait=0`, {
    headers: {
      accept: 'application/json',
      'x-request-id': 'a-poll',
      authorization: `Bearer ${await server.tokenFor({sub: 'ada', org: t.title})}`,
    },
  })
  t.is(poll.headers.get('x-request-id'), 'a-poll')
  t.like((await linesOf('a-poll'))[0], {reason: 'answered', events: 0})
})

test('a credential in a path is not logged', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  for (const path of [token, `bck_${'x'.repeat(43)}`]) {
    const {headers} = await fetch(`${server.url}/${path}`)
    const [line] = await linesOf(headers.get('x-request-id'))
    t.regex(String(line!.path), /^\/\[redacted\]…?$/)
  }
})

test('when a stream is refused, the log contains a warning with the reason', async t => {
  const full = await startServer({live: {maxStreamsPerUser: 0}})
  t.teardown(() => full.close())
  const token = await full.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${full.url}/api/v1/events/tasks?token=${token}`)
  await stream.ended()
  await until(() => full.log.some(({msg, code}) => msg === 'request' && code === 'limit'))
  t.like(
    full.log.find(({code}) => code === 'limit'),
    {level: 40, status: 200, path: '/api/v1/events/tasks'},
  )
})

test('when a client does not receive a response completely, the response is logged as aborted', async t => {
  const index = {content: Buffer.alloc(16 * 1024 * 1024), compressed: {}}
  const large = await startServer({page: {index, assets: new Map()}})
  t.teardown(() => large.close())
  const {hostname, port} = new URL(large.url)
  const socket = connect(Number(port), hostname)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(socket, 'data')
  socket.destroy()
  await until(() => large.log.some(({msg, path}) => msg === 'request' && path === '/'))
  t.like(
    large.log.find(({path}) => path === '/'),
    {status: 200, aborted: true},
  )
})

test('probes are logged at debug level', async t => {
  for (const path of ['/livez', '/readyz']) {
    const {headers} = await fetch(server.url + path)
    t.like((await linesOf(headers.get('x-request-id')))[0], {level: 20, path})
  }
})

test('credentials in headers and queries are never logged', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}&api_key=bck_secret`)
  await stream.waitFor('stream.ready')
  stream.close()
  const {ticket} = (await server.as({sub: 'ada', org: t.title}).post('/events/tickets', {})).body
  const ofTicket = await Stream.open(`${server.url}/api/v1/events?ticket=${ticket}`)
  await ofTicket.waitFor('stream.ready')
  ofTicket.close()
  for (const query of [`ticket=${ticket}&topics=tasks`, `ticket=${ticket}x`, `ticket=${ticket}&ticket=x`]) {
    t.false((await (await fetch(`${server.url}/api/v1/events?${query}`)).text()).includes(ticket))
  }
  await fetch(`${server.url}/api/v1/me?token=${token}`)
  await fetch(`${server.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}x`}})
  await fetch(`${server.url}/api/v1/me`, {headers: {'x-api-key': 'bck_secret'}})

  const logged = JSON.stringify(server.log)
  t.true(logged.includes('/api/v1/events/tasks'))
  t.false(logged.includes(token))
  t.false(logged.includes(token.split('.')[2]!))
  t.false(logged.includes('bck_secret'))
  t.false(logged.includes(ticket))
})

test('a request that is not valid HTTP is logged at debug level, without the credentials of the preceding request on the same connection', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const {hostname, port} = new URL(server.url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  const request = `GET /api/v1/events/tasks HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`
  socket.write(`${request}GARBAGE\r\n\r\n`)
  socket.resume()
  await once(socket, 'close')
  const isParserError = ({code, err}: Record<string, any>) => /^HPE_/.test(err?.code ?? code)
  await until(() => server.log.some(isParserError))

  t.is(server.log.find(isParserError)!.level, 20)
  t.false(JSON.stringify(server.log).includes(Buffer.from(token).join(',')))
})

/** Returns the log lines of the request. The server logs a request after the server has sent the response. */
async function linesOf(id: string | null) {
  const lines = () => server.log.filter(({request_id}) => request_id === id)
  await until(() => lines().length > 0)
  return lines()
}
