import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {createServer, type RequestListener} from 'node:http'
import {type ClientHttp2Session, type ClientHttp2Stream, connect, constants} from 'node:http2'
import type {AddressInfo} from 'node:net'
import type {ExecutionContext} from 'ava'
import {createSecureServer} from '../../src/http/http2-server.ts'
import {createCertificate, test} from '../helpers/certificate.ts'
import {until} from '../helpers/until.ts'

const stallTimeoutMs = 200

test('a live stream and a slow response continue after the time limit of requests', async t => {
  let isOver = false
  const session = await open(t, (req, res) => {
    if (req.url === '/slow') void until(() => isOver).then(() => res.end('done'))
    else res.write('first\n')
  })
  const stream = session.request({':path': '/api/v1/events/tasks'})
  const slow = session.request({':path': '/slow'})
  // Some clients send the end of a request in a frame of its own.
  const separate = session.request({':path': '/slow'}, {endStream: false})
  separate.end()
  // A request without an end is cancelled. When this has happened, the time limit of the earlier requests has passed, too.
  const endless = session.request({':path': '/slow', ':method': 'POST'}, {endStream: false})
  endless.write('half')
  t.is(await codeOf(endless), constants.NGHTTP2_CANCEL)
  for (const each of [stream, slow, separate]) t.false(each.closed)
  isOver = true
  for (const each of [slow, separate]) t.is(await textOf(each), 'done')
  t.false(stream.closed)
})

test('a response that the client does not read is cancelled, even if the connection is active otherwise', async t => {
  const session = await open(t, (req, res) => {
    res.end(req.url === '/large' ? Buffer.alloc(1_000_000) : 'small')
  })
  const large = session.request({':path': '/large'})
  large.on('response', () => large.pause())
  const pings = setInterval(() => session.ping(() => {}), stallTimeoutMs / 10)
  t.teardown(() => clearInterval(pings))
  t.is(await codeOf(large), constants.NGHTTP2_CANCEL)
  t.is(await textOf(session.request({':path': '/small'})), 'small')
})

test('in each turn of the event loop, at most 8 requests of a connection start, in the order of their arrival', async t => {
  const started: {path: string; turn: number}[] = []
  let turn = 0
  let isCounting = true
  const countTurns = () => {
    turn++
    if (isCounting) setImmediate(countTurns)
  }
  setImmediate(countTurns)
  const session = await open(t, (req, res) => {
    started.push({path: req.url!, turn})
    res.end()
  })
  const paths = Array.from({length: 100}, (_, index) => `/${index}`)
  const streams = paths.map(path => session.request({':path': path}))
  for (const stream of streams) t.is(await textOf(stream), '')
  isCounting = false
  t.deepEqual(
    started.map(({path}) => path),
    paths,
  )
  for (const one of started) t.true(started.filter(other => other.turn === one.turn).length <= 8)
})

for (const expect of ['100-continue', '100-Continue']) {
  test(`a request with “Expect: ${expect}” may send its body`, async t => {
    const session = await open(t, (req, res) => req.pipe(res), {stallTimeoutMs: 30_000})
    const request = session.request({':path': '/', ':method': 'POST', expect}, {endStream: false})
    await once(request, 'continue')
    request.end('body')
    const [headers] = await once(request, 'response')
    t.is(headers[':status'], 200)
    t.is(await textOf(request), 'body')
  })
}

test('a request with an unknown expectation gets the status 417, and its body is not received', async t => {
  const session = await open(t, (_, res) => res.end())
  const headers = {':path': '/', ':method': 'POST', expect: 'a miracle'}
  const request = session.request(headers, {endStream: false})
  const [response] = await once(request, 'response')
  t.is(response[':status'], 417)
  request.resume()
  t.is(await codeOf(request), constants.NGHTTP2_NO_ERROR)
})

test('a body that does not end after the response is cancelled', async t => {
  const session = await open(t, (req, res) => req.once('data', () => res.end('enough')))
  const request = session.request({':path': '/', ':method': 'POST'}, {endStream: false})
  request.write('half')
  const [response] = await once(request, 'response')
  t.is(response[':status'], 200)
  request.resume()
  t.is(await codeOf(request), constants.NGHTTP2_CANCEL)
})

test('a connection without requests is closed, and a connection with a waiting request is not', async t => {
  let answer = () => {}
  const handle: RequestListener = (_, res) => {
    answer = () => res.end('done')
  }
  const idle = await open(t, handle, {keepAliveTimeoutMs: 200})
  const busy = await open(t, handle, {keepAliveTimeoutMs: 200})
  const waiting = busy.request({':path': '/'})
  await once(idle, 'close')
  t.false(waiting.closed)
  answer()
  t.is(await textOf(waiting), 'done')
  await once(busy, 'close')
})

async function open(
  t: ExecutionContext,
  handle: RequestListener,
  options: {keepAliveTimeoutMs?: number; stallTimeoutMs?: number} = {},
): Promise<ClientHttp2Session> {
  const {certFile, keyFile} = createCertificate(t)
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)]
  const {server, destroyAll} = createSecureServer(createServer(), handle, {
    ...{cert, key, stallTimeoutMs},
    ...options,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, {ca: cert})
  session.on('error', () => {})
  t.teardown(async () => {
    session.destroy()
    destroyAll()
    server.close()
    await once(server, 'close')
  })
  return session
}

async function codeOf(stream: ClientHttp2Stream): Promise<number> {
  stream.on('error', () => {})
  await until(() => stream.closed)
  return stream.rstCode
}

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}
