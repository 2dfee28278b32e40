import {once} from 'node:events'
import {connect} from 'node:net'
import test from 'ava'
import {startServer} from '../helpers/server.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const server = await startServer()
test.after.always(() => server.close())

test('a request is logged as one line with its id, method, path, status and duration', async t => {
  const {headers} = await server.as({sub: 'ada', org: t.title}).get('/me')
  const lines = linesOf(headers.get('x-request-id'))
  t.is(lines.length, 1)
  t.like(lines[0], {level: 30, method: 'GET', path: '/api/v1/me', status: 200, msg: 'request'})
  t.is(typeof lines[0]!.ms, 'number')
})

test('a 4xx response is logged as a warning', async t => {
  const {headers} = await fetch(`${server.url}/nothing`)
  t.like(linesOf(headers.get('x-request-id'))[0], {level: 40, path: '/nothing', status: 404})
})

test('probes are logged at debug level', async t => {
  for (const path of ['/livez', '/readyz']) {
    const {headers} = await fetch(server.url + path)
    t.like(linesOf(headers.get('x-request-id'))[0], {level: 20, path})
  }
})

test('credentials in headers and queries are never logged', async t => {
  const token = await server.tokenFor({sub: 'ada', org: t.title})
  const stream = await Stream.open(`${server.url}/api/v1/events/tasks?token=${token}&api_key=bck_secret`)
  await stream.waitFor('stream.ready')
  stream.close()
  await fetch(`${server.url}/api/v1/me?token=${token}`)
  await fetch(`${server.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}x`}})
  await fetch(`${server.url}/api/v1/me`, {headers: {'x-api-key': 'bck_secret'}})

  const logged = JSON.stringify(server.log)
  t.true(logged.includes('/api/v1/events/tasks'))
  t.false(logged.includes(token))
  t.false(logged.includes(token.split('.')[2]!))
  t.false(logged.includes('bck_secret'))
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

function linesOf(id: string | null) {
  return server.log.filter(({request_id}) => request_id === id)
}
