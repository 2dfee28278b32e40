// Tests that every part of an attack run can fail. A proxy changes the requests and the responses of a real server, so
// that the server seems to have a fault. The tested part of the run must find this fault.

import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {type connect, createServer, type Server} from 'node:net'
import type {ExecutionContext} from 'ava'
import {openStore, type Store} from '../../src/store/connection.ts'
import {hasChromium} from '../helpers/chromium.ts'
import {buildPage} from '../helpers/page.ts'
import {createDatabase, hasPostgres, test} from '../helpers/postgres.ts'
import {startTamperingProxy, type Tampering} from '../helpers/tampering-proxy.ts'
import {missingOf} from './run/attack-run.ts'
import {runCases} from './run/cases.ts'
import {Client, sendAs} from './run/client.ts'
import {hostilitiesOf} from './run/hostilities.ts'
import {Issuer} from './run/issuer.ts'
import {runMalformed} from './run/malformed.ts'
import {runMatrix} from './run/matrix.ts'
import {runPage} from './run/page.ts'
import {planOperations} from './run/plans.ts'
import {checkClosing, runSockets} from './run/sockets.ts'
import {startTarget, type Target} from './run/target.ts'
import {runTexts} from './run/texts.ts'
import {Transcript} from './run/transcript.ts'
import {createWorld, type World} from './run/world.ts'

let databaseUrl: string
let target: Target
let store: Store
let world: World
const issuer = new Issuer('ec')
test.before(async () => {
  if (!hasPostgres) return
  databaseUrl = await createDatabase()
  target = await startTarget({databaseUrl, issuer, transcript: new Transcript(), logLevel: 'info'})
  store = await openStore({url: databaseUrl, poolSize: 2})
  const client = new Client(target.url, new Transcript())
  world = await createWorld({client, db: store.db, issuer, transcript: new Transcript()})
  client.close()
})
test.after.always(async () => {
  await store?.close()
  await target?.stop()
})

/** Starts a proxy with a planted fault. Returns what a part of the run needs to attack the server through the proxy. */
async function plant(t: ExecutionContext, tampering: Tampering) {
  const {url, port} = await startTamperingProxy(t, target.url, tampering)
  const transcript = new Transcript()
  const client = new Client(url, transcript)
  t.teardown(() => client.close())
  return {url, port, client, transcript, db: store.db, issuer, world, cookieName: 'session'}
}

function operationsOf(...names: string[]) {
  return planOperations().filter(({name}) => names.includes(name))
}

function finds(t: ExecutionContext, findings: readonly string[], ...expected: RegExp[]) {
  for (const pattern of expected) {
    t.true(
      findings.some(finding => pattern.test(finding)),
      `${pattern} is not in:\n${findings.join('\n')}`,
    )
  }
}

test.serial(
  'the rights of callers: the run finds that the server treats every caller as an admin',
  async t => {
    const admin = `Bearer ${world.attacked.tokens.admin}`
    const tools = await plant(t, {
      onRequest({path, headers}) {
        if (path.startsWith('/api/v1/projects')) headers.authorization = admin
      },
    })
    const operations = operationsOf('POST /api/v1/projects', 'GET /api/v1/projects/{id}')
    const refusedTokens = {
      'expired token': issuer.refusedTokens({sub: 'a', org: 'a', role: 'admin'})['expired token']!,
    }
    const {findings} = await runMatrix([...operations, ...sessionOperations()], {...tools, refusedTokens})
    finds(
      t,
      findings,
      /^POST \/api\/v1\/projects with no credential: the status is 201, not 401$/,
      /^POST .* with API key of the viewer in the header: the status is 201, not 403$/,
      /^POST .* with token of a removed member as bearer token: the status is 201, not 403$/,
      /^POST .* with session cookie of a removed member: the status is 201, not 403$/,
      /^POST .* with API key that was used and then revoked in the header: the status is 201, not 401$/,
      /^POST .* with session that has ended: the status is 201, not 401$/,
      /^A refused request changed the data\.$/,
      /^A request of another organization changed the data\.$/,
      /^GET .* of another organization: the status is 200, not 404$/,
      /^GET .* of another organization: the response contains /,
      /^GET .* with expired token as bearer token: the response contains /,
    )
  },
)

/** The part that attacks the rights of callers also signs in, so this part needs the operations of `/session`. */
function sessionOperations() {
  return operationsOf('POST /api/v1/session', 'DELETE /api/v1/session')
}

test.serial(
  'the rights of callers: the run finds a problem code that the contract does not declare',
  async t => {
    const tools = await plant(t, {onText: text => text.replace('"role-insufficient"', '"no-rights"')})
    const operations = [...operationsOf('POST /api/v1/projects'), ...sessionOperations()]
    const {findings} = await runMatrix(operations, {...tools, refusedTokens: {}})
    finds(
      t,
      findings,
      /token of the viewer as bearer token: the contract does not declare no-rights with status 403$/,
    )
  },
)

test.serial('text fields: the run finds a text that the server changes', async t => {
  const tools = await plant(t, {
    onRequest(sent) {
      sent.body = sent.body.replace('<script>', '')
    },
  })
  const findings = await sendTexts(tools, {'a script': '<script>window.attacked=1</script>'})
  finds(
    t,
    findings,
    /description with a script: a later request does not find the text$/,
    /description with a script: the event does not contain the text$/,
  )
})

test.serial(
  'text fields: the run finds a stream that divides or repeats the event that contains a text',
  async t => {
    const texts = {LF: 'before the LF\nafter the LF'}
    const divided = await plant(t, {
      onText: (text, {path}) =>
        path.startsWith('/api/v1/events') ? text.replaceAll('the LF\\nafter', 'the LF\ndata:after') : text,
    })
    finds(t, await sendTexts(divided, texts), /^The stream contains a malformed block/)
    const repeated = await plant(t, {
      onText: (text, {path}) =>
        path.startsWith('/api/v1/events')
          ? text.replace(/id:[^\n]+\nevent:task\.created\ndata:.*after the LF.*\n\n/, block => block + block)
          : text,
    })
    finds(
      t,
      await sendTexts(repeated, texts),
      /^The stream repeats the id /,
      /description with LF: the stream has 2 frames with the id of the change$/,
    )
  },
)

async function sendTexts(tools: Awaited<ReturnType<typeof plant>>, texts: Record<string, string>) {
  const operations = operationsOf('POST /api/v1/stories/{id}/tasks')
  const {
    fields,
    texts: sent,
    findings,
  } = await runTexts(operations, tools, texts, name => name.endsWith(' description'))
  if (fields !== 1 || sent !== 1) throw new Error(`${fields} fields and ${sent} texts were sent`)
  return findings
}

const newProject = 'POST /api/v1/projects'
const fewCases = {cases: 20, seed: 1}

test.serial('random requests: the run finds a request that fails inside the server', async t => {
  const tools = await plant(t, {
    statusOf: ({path}, status) => (path === '/api/v1/projects' && status === 400 ? 500 : status),
  })
  const {findings} = await runCases(operationsOf(newProject), tools, fewCases)
  finds(t, findings, /^POST \/api\/v1\/projects: the status is 500/)
})

test.serial(
  'random requests: a word of another organization in a response and in a stream is found',
  async t => {
    const {word} = world.other
    const tools = await plant(t, {
      onText: (text, {path, method}) => {
        const plantWord = () => text.replaceAll('"phase":', `"secret":"${word}","phase":`)
        return method === 'POST' || path.startsWith('/api/v1/events') ? plantWord() : text
      },
    })
    const {findings} = await runCases(operationsOf(newProject), tools, fewCases)
    finds(
      t,
      findings,
      new RegExp(`the response contains ${word} of another organization`),
      new RegExp(`^A stream contains ${word}`),
    )
  },
)

test.serial('random requests: a response that is not valid JSON is found', async t => {
  const tools = await plant(t, {onText: (text, {method}) => (method === 'POST' ? text.slice(1) : text)})
  const {findings} = await runCases(operationsOf(newProject), tools, fewCases)
  finds(t, findings, /the response is not valid JSON/)
})

test.serial('random requests: the run finds a change in another organization', async t => {
  const intruder = `Bearer ${world.other.tokens.admin}`
  const tools = await plant(t, {
    onRequest({method, headers}) {
      if (method === 'POST') headers.authorization = intruder
    },
  })
  const {findings} = await runCases(operationsOf(newProject), tools, fewCases)
  finds(t, findings, /^A request changed the data of another organization\.$/)
})

test.serial('a request that a busy database refuses is repeated, but not for ever', async t => {
  let refusals = 0
  const {client} = await plant(t, {
    respond(_, res) {
      if (refusals-- <= 0) return false
      res.writeHead(503, {'content-type': 'application/problem+json', 'retry-after': '0'})
      res.end(JSON.stringify({code: 'store-busy'}))
      return true
    },
  })
  const send = () => sendAs(client, world.attacked.tokens.admin)({method: 'GET', path: '/api/v1/me'})
  refusals = 2
  t.is((await send()).status, 200)
  refusals = 100
  t.is((await send()).status, 503)
})

const accepted = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK'

test.serial(
  'malformed requests: a server that accepts them, or does not close their connections, is found',
  async t => {
    const closing = await startFakeServer(t, socket => socket.once('data', () => socket.end(accepted)))
    const {requests, findings} = await runMalformed(closing, 'a token', new Transcript(), 5_000)
    t.is(findings.length, requests)
    finds(t, findings, /^A request with two lengths: the statuses are 200$/)
    const smuggling = await startFakeServer(t, socket =>
      socket.once('data', () => socket.end(accepted.replaceAll('200', '400').repeat(2))),
    )
    const both = await runMalformed(smuggling, 'a token', new Transcript(), 5_000)
    finds(t, both.findings, /^A request with two lengths: the statuses are 400, 400$/)
    const silent = await startFakeServer(t, () => {})
    const kept = await runMalformed(silent, 'a token', new Transcript(), 100)
    finds(t, kept.findings, /^A request with two lengths: the server does not close the connection$/)
  },
)

test.serial(
  'connections: a server that fails, grows, exits or does not close its connections is found',
  async t => {
    const port = await startFakeServer(t, socket => {
      socket.on('data', () => socket.write('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'))
    })
    let rss = 0
    const fake = {
      url: `http://127.0.0.1:${port}`,
      port,
      isRunning: true,
      rss() {
        rss += 1e9
        return rss
      },
      stop: async () => {},
    }
    const tools = {...(await plant(t, {})), target: fake, startTarget: async () => fake}
    const options = {connections: 1, holdMs: 10, isThorough: false, log: () => {}}
    const {findings} = await runSockets(tools, options)
    finds(
      t,
      findings,
      /^Connections that send a huge head: before, the status of another client is 500$/,
      /^Connections that send a huge head: meanwhile, the status of another client is 500$/,
      /^Connections that send a huge head: \d+ responses have the status 500$/,
      /^Connections that send a huge head: the memory of the server grows by \d+ MB$/,
    )
    const gone = {...fake, isRunning: false}
    const dead = await runSockets({...tools, target: gone}, options)
    finds(t, dead.findings, /^Connections that say nothing: the server has exited$/)

    const ids = world.attacked.ids
    const hostilities = hostilitiesOf({token: 'a token', ...ids})
    const open = await checkClosing(hostilities, tools, 500)
    t.is(open.length, hostilities.filter(({mustClose, resets}) => mustClose && !resets).length)
    finds(t, open, /^Connections that say nothing: the server does not close them$/)
  },
)

const testPage = hasChromium ? test.serial : test.serial.skip

testPage('the page: a page that shows texts as HTML is found', async t => {
  const {index, assets} = await buildPage()
  const tools = await plant(t, {
    respond({path}, res) {
      if (path.startsWith('/api/')) return false
      const asset = assets.get(path.replace('/assets/', ''))
      res.setHeader(
        'content-type',
        path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html',
      )
      res.end(
        asset?.content ??
          String(index.content).replace('</head>', `<script>(${showAsHtml})()</script></head>`),
      )
      return true
    },
  })
  const {client} = tools
  const admin = sendAs(client, world.attacked.tokens.admin)
  const path = `/api/v1/stories/${world.attacked.ids.story}/tasks`
  const title = '<img src=x onerror="window.attacked=1">'
  await admin({method: 'POST', path, body: {title}})
  const {views, findings} = await runPage(tools, tools.url)
  t.true(views >= 4)
  finds(
    t,
    findings,
    /^The page \/sprints\/[-\w]+: it contains <img src="x" onerror=/,
    /^The page \/sprints\/[-\w]+: a script ran$/,
    /^The page \/sprints\/[-\w]+#[-\w]+: it does not show the title$/,
  )
})

/** Runs in the page. Replaces each text with the HTML that the text contains. */
function showAsHtml(): void {
  new MutationObserver(() => {
    for (const element of document.querySelectorAll('*')) {
      const {firstChild} = element
      if (
        element.childNodes.length === 1 &&
        firstChild?.nodeName === '#text' &&
        firstChild.nodeValue!.startsWith('<img')
      )
        element.innerHTML = firstChild.nodeValue!
    }
  }).observe(document, {subtree: true, childList: true})
}

test.serial('credentials: the run finds a credential in a header, in a response and in a stream', async t => {
  const tools = await plant(t, {
    headersOf: ({headers}) => ({'x-debug': headers.authorization ?? ''}),
    onText: (text, {path, headers}) =>
      path.startsWith('/api/v1/events')
        ? text.replaceAll('"task.created"', `"task.created","by":"${headers.authorization}"`)
        : text,
  })
  const {transcript} = tools
  transcript.addCredential('the token of an admin', world.attacked.tokens.admin)
  await sendTexts(tools, {text: 'a text'})
  const places = transcript.leaks.map(({place}) => place)
  t.true(places.includes('a stream'), String(places))
  t.true(
    places.some(place => place.startsWith('the response to POST /api/v1/stories/')),
    String(places),
  )
})

test.serial(
  'credentials: a secret in the log of the server is found, and an error in the log is a finding',
  async t => {
    const program = "console.log(process.env.SECRETS_KEY); console.error('Error: it broke')"
    const settings = {
      ...issuer.settings,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}`,
    }
    const transcript = new Transcript()
    const leaking = await startTarget({databaseUrl, issuer: {settings}, transcript})
    await leaking.stop()
    t.deepEqual(transcript.leaks, [{credential: 'SECRETS_KEY', place: 'the log of the server'}])
    t.true(leaking.errorLines().includes('Error: it broke'))
  },
)

test('when a part of the run has attacked nothing, the run reports this part as a finding', t => {
  t.deepEqual(missingOf('texts', {counts: {fields: 3, texts: 0}, findings: []}), [
    'The part texts has no texts.',
  ])
  t.deepEqual(missingOf('page', {counts: undefined, findings: []}), [])
})

/** Returns the port of a server that is closed at the end of the test. */
async function startFakeServer(
  t: ExecutionContext,
  onConnection: (socket: ReturnType<typeof connect>) => void,
): Promise<number> {
  const sockets = new Set<ReturnType<typeof connect>>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}
