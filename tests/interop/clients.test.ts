// Restarts a server while many clients of Server-Sent Events are connected. docs/clients.md contains the results.
import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {createInterface} from 'node:readline'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import type {ExecutionContext} from 'ava'
import {findFreePort} from '../../conformance/adapters/ports.ts'
import {mintToken} from '../../src/identity/mint-token.ts'
import {closeBrowser, openBrowser, type Pages, servePages, test as testInBrowser} from '../helpers/browser.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {startProcess} from '../helpers/process.ts'
import {skipping} from '../helpers/skipping.ts'
import {Stream} from '../helpers/stream.ts'
import {until} from '../helpers/until.ts'

const folder = fileURLToPath(new URL('./', import.meta.url))
const examples = fileURLToPath(new URL('../../examples/python/', import.meta.url))
const isInstalled = existsSync(`${folder}node_modules`) || process.env.CI === 'true'
const test =
  isInstalled && hasPostgres
    ? testInBrowser
    : skipping('Postgres and the clients', 'run `npm ci --prefix tests/interop` to install the clients')

const secret = randomBytes(32).toString('hex')
const changesPerServer = 10
const latestMs = 30_000 // how long after the last change a client may receive the last event
const framings = ['event', 'message'] as const
const exactlyOnce = 'exactly once'
const restarts = ['SIGKILL', 'SIGTERM'] as const

/** An event that a client has received. */
interface Delivery {
  client: string
  framing: (typeof framings)[number]
  id: string
  /** The type of the event. */
  type: string
}

let pages: Pages
test.before(async () => {
  pages = await servePages(`import '${folder}browser-clients.js'`)
})
test.after.always(async () => {
  await closeBrowser()
  await pages?.close()
})

/** The table of docs/clients.md: for each client, what it received in each case. */
function documentedResults(): Record<string, string[]> {
  const text = readFileSync(fileURLToPath(new URL('../../docs/clients.md', import.meta.url)), 'utf8')
  const rows = [...text.matchAll(/^\| (?!client|---)(.+?) \| (.+?) \| (.+?) \|$/gm)]
  return Object.fromEntries(rows.map(([, client, ...cells]) => [client!, cells]))
}

test('when the server is killed, and later stopped, each client receives what docs/clients.md says, with both framings', async t => {
  t.timeout(240_000)
  const {deliveries, log} = await restartTwice(t)
  const results: Record<string, string[]> = {}
  for (const client of new Set(deliveries.map(({client}) => client))) {
    const byFraming = framings.map(framing => {
      const received = deliveries.filter(one => one.client === client && one.framing === framing)
      const ids = received.map(({id}) => id)
      return restarts.map((_, index) => resultOf(ids, log, (index + 2) * changesPerServer))
    })
    t.deepEqual(byFraming[0], byFraming[1], client)
    results[client] = byFraming[0]!
  }
  t.deepEqual(results, documentedResults())
})

/** Compares the ids that a client received with the first events of the log. */
function resultOf(received: readonly string[], log: readonly string[], events: number): string {
  const ids = received.slice(0, events)
  const isOrdered = ids.every((id, index) => id === log[index])
  if (isOrdered) return ids.length === events ? exactlyOnce : 'stops'
  const missing = log.slice(0, events).filter(id => !ids.includes(id)).length
  return `${missing} missing, ${ids.length - new Set(ids).size} repeated`
}

/** Runs all clients while the server is restarted with each signal. Returns what the clients received, and the log. */
async function restartTwice(t: ExecutionContext) {
  const port = await findFreePort()
  const env = {
    DATABASE_URL: await createDatabase(),
    AUTH_JWT_SECRET: secret,
    CORS_ORIGINS: pages.url,
    PORT: String(port),
    LOG_LEVEL: 'info',
  }
  let server = await startProcess(env)
  t.teardown(() => server.end('SIGTERM'))
  const token = await mintToken(
    {secret},
    {subject: 'ada', organization: 'acme', role: 'admin', lifetime: 600},
  )
  const post = async (path: string, body: unknown) => {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const init = {method: 'POST', headers, body: JSON.stringify(body)}
    return (await (await fetch(`${server.url}/api/v1${path}`, init)).json()) as any
  }
  const project = await post('/projects', {name: 'Rocket'})
  const story = await post(`/projects/${project.id}/stories`, {title: 'Orbit'})

  const deliveries: Delivery[] = []
  const last = () => new Map(deliveries.map(({client, framing, id}) => [`${client} ${framing}`, id]))
  const url = `http://HOST:${port}/api/v1/events/tasks?types=task.created&lastEventId=earliest&token=${token}`
  await openClients(t, url, delivery => {
    if (delivery.type === 'task.created') deliveries.push(delivery)
  })
  const documented = Object.keys(documentedResults()).length * framings.length
  /** Whether every client has received this number of events with each framing. */
  const haveReceived = (events: number) => {
    const counts = new Map<string, number>()
    for (const {client, framing} of deliveries) {
      const key = `${client} ${framing}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts.size >= documented && [...counts.values()].every(count => count >= events)
  }
  for (const [index, signal] of [undefined, ...restarts].entries()) {
    if (signal) {
      await server.end(signal)
      server = await startProcess(env)
    }
    for (let count = 0; count < changesPerServer; count++) {
      await post(`/stories/${story.id}/tasks`, {title: 'Weld'})
      await delay(20)
    }
    // A client that still reconnects when the server stops sees no end of a stream, but a refused connection.
    if (signal !== 'SIGTERM') await until(() => haveReceived((index + 1) * changesPerServer))
  }
  const stream = await Stream.open(url.replace('HOST', '127.0.0.1'))
  await stream.waitFor('stream.ready')
  stream.close()
  const log = stream.events.map(({id}) => id!)
  const deadline = Date.now() + latestMs
  while (Date.now() < deadline && [...last().values()].some(id => id !== log.at(-1))) await delay(100)
  return {deliveries, log}
}

/** Opens a stream of each client with each framing. */
async function openClients(t: ExecutionContext, url: string, receive: (delivery: Delivery) => void) {
  const page = await (await openBrowser(t)).newPage()
  await page.exposeFunction('report', receive)
  await page.goto(pages.url)
  await page.evaluate(`openAll(${JSON.stringify(url)}, report)`)

  const local = url.replace('HOST', '127.0.0.1')
  const receiveLine = (line: string) => receive(JSON.parse(line))
  runClient(t, process.execPath, ['--no-warnings', `${folder}node-clients.mjs`, local], receiveLine)
  runClient(t, 'python3', ['-B', `${folder}python_client.py`, examples, local], receiveLine)
  for (const framing of framings) {
    runClient(t, 'sh', [`${folder}curl.sh`, `${local}&framing=${framing}`], line => {
      const space = line.indexOf(' ')
      const [id, data] = [line.slice(0, space), line.slice(space + 1)]
      receive({client: 'curl', framing, id, ...JSON.parse(data)})
    })
  }
}

/** Runs a program until the end of the test. `onLine` receives each line that the program prints. */
function runClient(
  t: ExecutionContext,
  file: string,
  args: readonly string[],
  onLine: (line: string) => void,
): void {
  // The program gets a process group of its own, because a shell starts further programs.
  const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit'], detached: true})
  t.teardown(() => void process.kill(-child.pid!))
  createInterface(child.stdout).on('line', onLine)
}
