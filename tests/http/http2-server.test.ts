import {execFile} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants} from 'node:http2'
import {request as requestHttps} from 'node:https'
import {json, text} from 'node:stream/consumers'
import {connect as connectTls} from 'node:tls'
import type {ExecutionContext} from 'ava'
import {mintToken} from '../../src/identity/mint-token.ts'
import {createCertificate, type TestCertificate, test} from '../helpers/certificate.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {isInstalled} from '../helpers/is-installed.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {run, type ServerProcess, startProcess} from '../helpers/process.ts'
import {skipping} from '../helpers/skipping.ts'
import {Teardowns, type TearsDown} from '../helpers/tears-down.ts'
import {until} from '../helpers/until.ts'

const testWithCurl =
  isInstalled('curl') || process.env.CI === 'true' ? test : skipping('curl', 'install curl')

const secret = randomBytes(32).toString('hex')

// Most tests use one server, each with its own organization.
let shared: Promise<RunningServer> | undefined
const teardowns = new Teardowns()
test.after.always(async () => {
  await (await shared)?.process.end('SIGKILL')
  await teardowns.run()
})

test('100 streams on one connection receive every event once and in order, beside HTTP/1.1', async t => {
  t.timeout(120_000)
  const server = await useSharedServer(t)
  const session = server.connect()
  const streams = await Promise.all(Array.from({length: 100}, () => server.openStream(session)))
  const ids: string[] = []
  for (let change = 0; change < 30; change++) ids.push(await server.change(session))
  for (const stream of streams) {
    await until(() => stream.ids.length >= ids.length)
    t.deepEqual(stream.ids, ids)
    t.is(stream.headers[':status'], 200)
    t.is(stream.headers['content-type'], 'text/event-stream')
    t.is(stream.headers.connection, undefined)
  }
  t.is(await server.statusWithHttp1('/api/v1/me'), 200)
  t.is(await server.statusWithHttp1('/api/v1/projects', {body: '{"name":"From HTTP/1.1"}'}), 201)
  for (const stream of streams) await until(() => stream.ids.length === ids.length + 1)
})

test('a stream that is not read falls behind, and the other streams of the connection continue', async t => {
  t.timeout(120_000)
  const server = await useSharedServer(t)
  const session = server.connect()
  const [slow, fast] = [await server.openStream(session), await server.openStream(session)]
  slow.stream.pause()
  const ids: string[] = []
  const phase = 'A'.repeat(180)
  for (let change = 0; change < 400; change++) ids.push(await server.change(session, phase))
  await until(() => fast.ids.length === ids.length)
  t.true(slow.ids.length < ids.length)
  slow.stream.resume()
  await until(() => slow.ids.length === ids.length)
  t.deepEqual(slow.ids, ids)
  t.deepEqual(fast.ids, ids)
})

test('requests with and without a body, compressed responses and errors work over HTTP/2', async t => {
  t.timeout(120_000)
  const server = await useSharedServer(t)
  const session = server.connect()
  for (let project = 0; project < 200; project++) await server.change(session, 'x'.repeat(150))
  const path = '/api/v1/projects?limit=200'
  const plain = await server.request(session, {':path': path})
  const {items} = (await json(plain.stream)) as {items: unknown[]}
  t.is(items.length, 200)
  const compressed = await server.request(session, {':path': path, 'accept-encoding': 'br'})
  t.is(compressed.headers['content-encoding'], 'br')
  t.true((await text(compressed.stream)).length > 0)
  const missing = await server.request(session, {':path': '/api/v1/projects/nothing'})
  t.is(missing.headers[':status'], 404)
  const refused = await server.request(
    session,
    {':path': '/api/v1/projects', ':method': 'POST'},
    '{"name":1}',
  )
  t.is(refused.headers[':status'], 400)
  const poll = await server.request(session, {
    ...{':path': '/api/v1/events/projects?lastEventId=earliest&wait=0', accept: 'application/json'},
  })
  t.true(((await json(poll.stream)) as {events: unknown[]}).events.length > 0)
  const origin = new URL(server.url).origin
  const signIn = (from: string) =>
    server.request(
      session,
      {':path': '/api/v1/session', ':method': 'POST', origin: from, authorization: ''},
      JSON.stringify({token: server.token}),
    )
  t.is((await signIn('https://attacker.example')).headers[':status'], 403)
  const signedIn = await signIn(origin)
  t.is(signedIn.headers[':status'], 200)
  t.regex(String(signedIn.headers['set-cookie']), /^__Host-.*; secure/i)
})

test('cancelled streams, resets and malformed frames end nothing but themselves', async t => {
  t.timeout(120_000)
  const server = await useSharedServer(t)
  const session = server.connect()
  const kept = await server.openStream(session)
  for (let round = 0; round < 50; round++) {
    const stream = session.request({':path': '/api/v1/events/projects', ...server.headers})
    stream.on('error', () => {})
    stream.close(round % 2 ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_INTERNAL_ERROR)
  }
  const broken = connectTls({...server.address, ALPNProtocols: ['h2'], rejectUnauthorized: false})
  broken.on('error', () => {})
  await once(broken, 'secureConnect')
  broken.resume()
  broken.write('GET / HTTP/1.1\r\n\r\n')
  await once(broken, 'close')
  const id = await server.change(session)
  await until(() => kept.ids.includes(id))
  t.deepEqual(
    server.process.output.filter(line => /"level":[56]0/.test(line)),
    [],
  )
})

test('when the server stops, streams are drained, and clients learn that the connection ends', async t => {
  t.timeout(120_000)
  const server = await startTlsServer(t)
  const session = server.connect()
  const stream = await server.openStream(session)
  const goaway = once(session, 'goaway')
  t.is(await server.process.end('SIGTERM'), 0)
  await goaway
  await until(() => stream.body.includes('event:stream.drain'))
})

test('a replaced certificate is used for new connections, and a certificate that cannot be used is ignored', async t => {
  t.timeout(120_000)
  const server = await startTlsServer(t)
  const stream = await server.openStream(server.connect())
  const other = createCertificate(t, 'second')
  const nameOf = async () => {
    const socket = connectTls({...server.address, rejectUnauthorized: false})
    await once(socket, 'secureConnect')
    const {subject} = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }
  server.certificate.replaceKeyWith(other)
  await until(() => server.process.output.some(line => line.includes('the old one stays in use')))
  t.is(await nameOf(), '127.0.0.1')
  server.certificate.replaceWith(other)
  await until(async () => (await nameOf()) === 'second')
  t.false(stream.stream.destroyed)
})

test('a certificate that cannot be used stops the start with an explanation', async t => {
  const certificate = createCertificate(t)
  certificate.replaceKeyWith(createCertificate(t))
  const {certFile: TLS_CERT_FILE, keyFile: TLS_KEY_FILE} = certificate
  const env = {AUTH_JWT_SECRET: secret, TLS_CERT_FILE, TLS_KEY_FILE}
  const {code, stderr} = await run(['serve'], {...env, ...(await createStore(t))})
  t.is(code, 1)
  t.regex(stderr, /TLS_CERT_FILE and TLS_KEY_FILE cannot be used: .*key must belong to the certificate/)
})

testWithCurl('curl opens 50 streams on one connection', async t => {
  t.timeout(120_000)
  const server = await useSharedServer(t)
  const session = server.connect()
  const signIn = {':path': '/api/v1/session', origin: server.url, authorization: ''}
  const {headers} = await server.request(
    session,
    {...signIn, ':method': 'POST'},
    JSON.stringify({token: server.token}),
  )
  const cookie = String(headers['set-cookie']).split(';')[0]!
  const url = `${server.url}/api/v1/events/projects`
  const format = '%{http_version} %{local_port} %{num_connects}\\n'
  const urls = Array.from({length: 50}, () => url)
  const args = [
    '--http2',
    '--no-progress-meter',
    '--no-buffer',
    '--parallel',
    '--parallel-max',
    '50',
    '--cacert',
    server.certificate.certFile,
  ]
  const child = execFile('curl', [...args, '--cookie', cookie, '--write-out', format, ...urls])
  t.teardown(() => child.kill())
  let output = ''
  child.stdout!.on('data', chunk => {
    output += chunk
  })
  await until(() => output.match(/event:stream\.ready/g)?.length === 50)
  const id = await server.change(session)
  const received = () => output.split(`id:${id}\nevent:project.created\n`).length - 1
  await until(() => received() === 50)
  const closed = once(child, 'close')
  await server.request(session, {...signIn, ':method': 'DELETE', cookie}) // ends the streams
  await closed
  t.is(received(), 50)
  const lines = [...output.matchAll(/^2 (\d+) (\d+)$/gm)]
  t.is(lines.length, 50)
  t.is(new Set(lines.map(([, port]) => port)).size, 1, 'all streams have the same local port')
})

interface RunningServer {
  process: ServerProcess
  certificate: TestCertificate
}

async function useSharedServer(t: ExecutionContext) {
  shared ??= startProgram(teardowns)
  return clientOf(t, await shared)
}

async function startTlsServer(t: ExecutionContext) {
  const server = await startProgram(t)
  t.teardown(() => server.process.end('SIGKILL'))
  return clientOf(t, server)
}

async function startProgram(t: TearsDown): Promise<RunningServer> {
  const certificate = createCertificate(t)
  const process = await startProcess({
    AUTH_JWT_SECRET: secret,
    DRAIN_SECONDS: '0',
    TLS_CERT_FILE: certificate.certFile,
    TLS_KEY_FILE: certificate.keyFile,
    ...(await createStore(t)),
  })
  return {process, certificate}
}

async function createStore(t: TearsDown): Promise<Record<string, string>> {
  return hasPostgres ? {DATABASE_URL: await createDatabase()} : {DATA_DIR: await createDataFolder(t)}
}

/** Returns the requests of a member of an organization that only this test uses. */
async function clientOf(t: ExecutionContext, {process: server, certificate}: RunningServer) {
  const claims = {subject: 'ada', organization: t.title, role: 'member', lifetime: 600} as const
  const token = await mintToken({secret}, claims)
  const headers = {authorization: `Bearer ${token}`}
  const ca = readFileSync(certificate.certFile)
  const {hostname: host, port} = new URL(server.url)
  const request = async (session: ClientHttp2Session, fields: Record<string, string>, body?: string) => {
    const all = {...headers, ...(body && {'content-type': 'application/json'}), ...fields}
    const stream = session.request(
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
      {endStream: body === undefined},
    )
    if (body !== undefined) stream.end(body)
    const [response] = await once(stream, 'response')
    return {stream, headers: response as Record<string, string | number | undefined>}
  }
  return {
    process: server,
    url: server.url,
    address: {host, port: Number(port)},
    certificate,
    token,
    headers,
    request,
    connect() {
      const session = connectHttp2(server.url, {ca})
      t.teardown(() => session.destroy())
      session.on('error', () => {})
      return session
    },
    async openStream(session: ClientHttp2Session) {
      const {stream, headers} = await request(session, {
        ':path': '/api/v1/events/projects?types=project.created',
      })
      const opened = new OpenedStream(stream, headers)
      await until(() => opened.body.includes('event:stream.ready'))
      return opened
    },
    /** Creates a project. Returns the id of its event. */
    async change(session: ClientHttp2Session, name = 'Rocket') {
      const {stream, headers} = await request(
        session,
        {':path': '/api/v1/projects', ':method': 'POST'},
        JSON.stringify({name}),
      )
      t.is(headers[':status'], 201)
      stream.resume()
      return String(headers['event-id'])
    },
    statusWithHttp1: (path: string, {body}: {body?: string} = {}) =>
      new Promise<number>((resolve, reject) => {
        const options = {ca, headers: {...headers, ...(body && {'content-type': 'application/json'})}}
        const req = requestHttps(server.url + path, {...options, method: body ? 'POST' : 'GET'}, res => {
          res.resume()
          t.is(res.httpVersion, '1.1')
          resolve(res.statusCode!)
        })
        req.on('error', reject)
        req.end(body)
      }),
  }
}

class OpenedStream {
  body = ''
  readonly stream: ClientHttp2Stream
  readonly headers: Record<string, string | number | undefined>

  constructor(stream: ClientHttp2Stream, headers: Record<string, string | number | undefined>) {
    this.stream = stream
    this.headers = headers
    stream.setEncoding('latin1')
    stream.on('data', chunk => {
      this.body += chunk
    })
    stream.on('error', () => {})
  }

  /** The ids of the events of the log, in order of arrival. */
  get ids(): string[] {
    return [...this.body.matchAll(/^id:(\S+)\nevent:project\.created$/gm)].map(([, id]) => id!)
  }
}
