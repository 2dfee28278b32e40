// Tests `boardcast doctor <url>` with a healthy server, and with proxies that each have one fault.
import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {request} from 'node:http'
import {createServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {checkDeployment} from '../../src/commands/check-deployment.ts'
import type {Finding} from '../../src/commands/findings.ts'
import {startApache} from '../helpers/apache.ts'
import {type Fault, startFaultProxy} from '../helpers/fault-proxy.ts'
import {startHAProxy} from '../helpers/haproxy.ts'
import {startNginx} from '../helpers/nginx.ts'
import {run} from '../helpers/process.ts'
import {type ProxyProgram, testWith} from '../helpers/proxy-program.ts'
import {type Server, startServer} from '../helpers/server.ts'
import {startTamperingProxy, type Tampering} from '../helpers/tampering-proxy.ts'

/** A silence of seconds on a busy machine is no fault of this server, because its heartbeats are rare. */
let server: Server
/** A server with frequent heartbeats, so that each silence is a fault. */
let quick: Server
let token: string
/** The header with an API key. The other servers of this file accept it too, because they use the same database. */
let apiKey: Record<string, string>
test.before(async () => {
  server = await startServer({live: {heartbeatSeconds: 2}})
  quick = await startServer({store: server.store, live: {heartbeatSeconds: 0.5}})
  await server.team('acme')
  token = await server.tokenFor({sub: 'ada', org: 'acme', role: 'member', name: 'Ada'})
  const root = server.as({sub: 'root', org: 'acme', role: 'admin', name: 'Root'})
  apiKey = {'x-api-key': (await root.post('/api-keys', {name: 'Doctor', role: 'viewer'})).body.key}
})
test.after.always(async () => {
  await quick.close()
  await server.close()
})

const allSubjects = [
  'connection',
  'TLS',
  'HTTP version',
  'server',
  'error responses',
  'ETag',
  'credential',
  'headers',
  'stream start',
  'stream headers',
  'framing',
  'clock',
  'parallel streams',
  'Last-Event-ID',
  'compression',
  'long poll',
  'idle stream',
]

// A stream that starts too late is a fault. The tests with streams are serial, because all tests at once would keep the
// machine busy.

async function diagnose(url: string, credential = apiKey, holdSeconds = 3): Promise<Finding[]> {
  const options = {holdSeconds, openTimeoutMs: 4_000}
  const findings: Finding[] = []
  for await (const finding of checkDeployment({url: new URL(url), credential}, options))
    findings.push(finding)
  return findings
}

/** Returns the text of each failed check, by subject. */
async function faultsOf(url: string, holdSeconds?: number): Promise<Record<string, string>> {
  const failed = (await diagnose(url, apiKey, holdSeconds)).filter(({isOk}) => !isOk)
  return Object.fromEntries(failed.map(({subject, text}) => [subject, text]))
}

test.serial('a healthy server has no fault, and every check is named', async t => {
  const findings = await diagnose(quick.url)
  t.deepEqual(
    findings.filter(({isOk}) => !isOk),
    [],
  )
  t.deepEqual(
    findings.map(({subject}) => subject),
    allSubjects,
  )
})

test.serial('a token is a credential too', async t => {
  const findings = await diagnose(server.url, {authorization: `Bearer ${token}`}, 1)
  t.deepEqual(
    findings.filter(({isOk}) => !isOk),
    [],
  )
})

const isStream = (path: string, accept = '') => path.includes('/events?') && !accept.includes('json')

interface Case {
  tampering: Tampering
  /** The failed checks, each with a part of its text. */
  faults: Record<string, RegExp>
}

const cases: Record<string, Case> = {
  'holds streams back': {
    tampering: {holdsStreams: true},
    faults: {'stream start': /Nothing arrived within 4\.0 s.*X-Accel-Buffering/},
  },
  'drops Last-Event-ID': {
    tampering: {onRequest: ({headers}) => void delete headers['last-event-id']},
    faults: {'Last-Event-ID': /drops the header Last-Event-ID/},
  },
  'drops the credential': {
    tampering: {onRequest: ({headers}) => void delete headers['x-api-key']},
    faults: {credential: /drops the header x-api-key/},
  },
  'drops If-None-Match': {
    tampering: {onRequest: ({headers}) => void delete headers['if-none-match']},
    faults: {ETag: /answered with 200, not with 304/},
  },
  'drops ETag': {
    tampering: {removedHeaders: () => ['etag']},
    faults: {ETag: /has lost its header ETag/},
  },
  'drops Event-Id': {
    tampering: {removedHeaders: () => ['event-id']},
    faults: {headers: /responses: event-id/},
  },
  'allows caches to keep responses': {
    tampering: {headersOf: () => ({'cache-control': 'max-age=60'})},
    faults: {headers: /cache-control/, 'stream headers': /Cache-Control.*is now: max-age=60/},
  },
  'replaces errors with HTML pages': {
    tampering: {
      respond({path}, res) {
        if (path !== '/api/v1/doctor') return false
        res.writeHead(404, {'content-type': 'text/html'}).end('<h1>Not found</h1>')
        return true
      },
    },
    faults: {'error responses': /own HTML page: 404 \(text\/html\)/},
  },
  'ends long polls with an HTML page': {
    tampering: {
      respond({path}, res) {
        if (!path.includes('wait=')) return false
        res.writeHead(504, {'content-type': 'text/html'}).end('<h1>Gateway timeout</h1>')
        return true
      },
    },
    faults: {'long poll': /504 \(text\/html\).*read timeout/},
  },
  'leads to a server whose clock is wrong': {
    tampering: {
      onText: (text, {path}) =>
        isStream(path) ? text.replaceAll(/"timestamp":"[^"]+"/g, '"timestamp":"2020-01-01T00:00:00Z"') : text,
    },
    faults: {clock: /differ by \d{9,} ms.*NTP/},
  },
  'responds in place of a server that is down': {
    tampering: {
      respond(_, res) {
        res.writeHead(502, {'content-type': 'text/html'}).end('<h1>Bad gateway</h1>')
        return true
      },
    },
    faults: {server: /502 \(text\/html\).*Check that the server runs/},
  },
}

for (const [name, {tampering, faults}] of Object.entries(cases)) {
  test.serial(`a proxy that ${name} is named`, async t => {
    const {url} = await startTamperingProxy(t, server.url, tampering)
    await hasFaults(t, url, faults, 1)
  })
}

async function hasFaults(
  t: ExecutionContext,
  url: string,
  expected: Record<string, RegExp>,
  holdSeconds?: number,
): Promise<void> {
  const faults = await faultsOf(url, holdSeconds)
  t.deepEqual(Object.keys(faults).sort(), Object.keys(expected).sort(), JSON.stringify(faults, null, 2))
  for (const [subject, pattern] of Object.entries(expected)) t.regex(faults[subject]!, pattern)
}

test.serial('a proxy that ends the idle stream is named, although heartbeats flow', async t => {
  const fault: Fault = {kind: 'cut', at: 850}
  const proxy = await startFaultProxy(quick.url, [fault])
  t.teardown(() => proxy.close())
  await hasFaults(t, proxy.url, {'idle stream': /ended after \d\.\d s.*limits the duration/})
})

test.serial('a proxy that holds later bytes back is named', async t => {
  const fault: Fault = {kind: 'stall', at: 500}
  const proxy = await startFaultProxy(quick.url, [fault], 60_000)
  t.teardown(() => proxy.close())
  await hasFaults(t, proxy.url, {'idle stream': /Nothing arrived for \d\.\d s.*every 0\.5 s/})
})

interface ProgramCase {
  program: ProxyProgram
  start: (t: ExecutionContext) => Promise<string>
  faults: Record<string, RegExp>
}

const programCases: Record<string, ProgramCase> = {
  'nginx, which compresses streams': {
    program: 'nginx',
    start: t =>
      startNginx(
        t,
        quick.url,
        'proxy_http_version 1.1; gzip on; gzip_proxied any; gzip_min_length 0; gzip_types text/event-stream;',
      ),
    faults: {compression: /compresses streams \(gzip\).*gzip_types/},
  },
  'nginx, which buffers and uses HTTP/1.0': {
    program: 'nginx',
    start: t => startNginx(t, quick.url, 'proxy_http_version 1.0; proxy_ignore_headers X-Accel-Buffering;'),
    faults: {'stream start': /head of the response arrived, but no event|Nothing arrived/},
  },
  'nginx, whose read timeout is shorter than a long poll': {
    program: 'nginx',
    start: t => startNginx(t, quick.url, 'proxy_http_version 1.1; proxy_read_timeout 2s;'),
    faults: {'long poll': /504 \(text\/html\)/},
  },
  'HAProxy as in docs/running.md': {
    program: 'haproxy',
    start: t => startHAProxy(t, quick.url),
    faults: {},
  },
  'HAProxy, which waits for the whole body': {
    program: 'haproxy',
    start: t => startHAProxy(t, quick.url, 'http-response wait-for-body time 20s'),
    faults: {'stream start': /within 4\.0 s/},
  },
  'HAProxy, whose timeout is shorter than the heartbeat interval': {
    program: 'haproxy',
    async start(t) {
      const rarely = await startServer({store: server.store, live: {heartbeatSeconds: 10}})
      t.teardown(() => rarely.close())
      return startHAProxy(t, rarely.url, 'timeout server 2s')
    },
    faults: {'idle stream': /of silence.*idle timeouts/, 'long poll': /504/},
  },
  'Apache as in docs/running.md': {
    program: 'apache2',
    start: t => startApache(t, quick.url),
    faults: {},
  },
  'Apache, which compresses streams': {
    program: 'apache2',
    start: t => startApache(t, quick.url, 'SetOutputFilter DEFLATE'),
    faults: {compression: /compresses streams \(gzip\).*DEFLATE/},
  },
}

for (const [name, {program, start, faults}] of Object.entries(programCases)) {
  testWith([program], test).serial(
    `behind ${name}: ${Object.keys(faults).join(', ') || 'no fault'}`,
    async t => {
      await hasFaults(t, await start(t), faults)
    },
  )
}

test('without a connection, no other check runs', async t => {
  const findings = await diagnose('http://127.0.0.1:1')
  t.like(findings, {length: 1, 0: {subject: 'connection', isOk: false}})
  t.regex(findings[0]!.text, /ECONNREFUSED/)
})

test('without a credential, the checks of streams are left out, and the program exits with 1', async t => {
  const {code, stdout} = await run(['doctor', server.url])
  t.is(code, 1)
  t.regex(stdout, /^FAIL {2}credential +Set BOARDCAST_TOKEN or BOARDCAST_API_KEY/m)
  t.notRegex(stdout, /stream start/)
})

test.serial(
  'the program reads the credential from the environment, and exits with 0 when there is no fault',
  async t => {
    const {code, stdout, stderr} = await run(['doctor', server.url, '--seconds', '1'], {
      BOARDCAST_TOKEN: token,
    })
    t.like({code, stderr}, {code: 0, stderr: ''}, stdout)
    t.regex(stdout, /^ok {4}idle stream +stays open for 1 s/m)
    t.false(stdout.includes(token))
  },
)

test('a URL with a path or a password, an invalid number of seconds, and two credentials are refused', async t => {
  for (const url of ['board.example', 'https://board.example/api', 'https://ada:secret@board.example']) {
    const {code, stderr} = await run(['doctor', url])
    t.is(code, 2)
    t.regex(stderr, /Give a URL such as/)
    t.notRegex(stderr, /secret/)
  }
  t.is((await run(['doctor', server.url, '--seconds', '0'])).code, 2)
  const both = {BOARDCAST_TOKEN: 'one', BOARDCAST_API_KEY: 'two'}
  t.is((await run(['doctor', server.url], both)).code, 1)
})

test.serial(
  'a certificate that is not valid is named, and the credential is not sent; with its authority, only the missing HTTP/2 is a fault',
  async t => {
    const {url, certificate, paths} = await startTls(t)
    const findings = await diagnose(url)
    t.deepEqual(
      findings.map(({subject, isOk}) => [subject, isOk]),
      [
        ['connection', true],
        ['TLS', false],
      ],
    )
    t.regex(findings[1]!.text, /SELF_SIGNED.*NODE_EXTRA_CA_CERTS/)
    t.deepEqual(paths, [])

    const env = {BOARDCAST_TOKEN: token, NODE_EXTRA_CA_CERTS: certificate}
    const {stdout} = await run(['doctor', url, '--seconds', '1'], env)
    t.regex(stdout, /^ok {4}TLS +TLSv1\.3, the certificate is valid for \d+ days$/m)
    t.deepEqual(stdout.match(/^FAIL .*$/gm)?.length, 1, stdout)
    t.regex(stdout, /^FAIL {2}HTTP version +Only HTTP\/1\.1 is offered/m)
  },
)

/** Starts a server that terminates TLS with a new self-signed certificate. `paths` lists the requests. */
async function startTls(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-tls-'))
  t.teardown(() => rm(folder, {recursive: true}))
  const [keyFile, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '90']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', certificate], {stdio: 'ignore'})
  const paths: string[] = []
  const proxy = createServer(
    {key: await readFile(keyFile), cert: await readFile(certificate)},
    (req, res) => {
      paths.push(req.url!)
      const {method = 'GET', headers} = req
      const forwarded = request(server.url + req.url, {method, headers, agent: false}, answer => {
        res.writeHead(answer.statusCode!, answer.headers)
        answer.on('error', () => res.destroy()).pipe(res)
      })
      forwarded.on('error', () => res.destroy())
      res.on('close', () => forwarded.destroy())
      req.pipe(forwarded)
    },
  )
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  return {url: `https://localhost:${(proxy.address() as AddressInfo).port}`, certificate, paths}
}
