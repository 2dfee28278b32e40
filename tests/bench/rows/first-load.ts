/** Measures how many bytes a browser receives when it loads the page for the first time, with a large board. */
import {execFileSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {type AddressInfo, connect, createServer} from 'node:net'
import {join} from 'node:path'
import {chromium, type Page} from 'playwright-core'
import {taskStatuses} from '../../../src/board/task.ts'
import {mintToken} from '../../../src/identity/mint-token.ts'
import {checkout} from '../build.ts'
import type {Processes} from '../processes.ts'
import {organization} from '../servers/organization.ts'
import {atMost, type Result} from '../table.ts'

const stories = 25
const tasksPerStory = 20
const members = 8
const concurrentTasks = 8
const settleMs = 2_000 // the time from the complete board to the end of the measurement

const parts = ['files of the page', 'the board', 'other requests'] as const
type Part = (typeof parts)[number]

interface Bytes {
  /** Headers and compressed body. */
  onWire: number
  /** The body, decompressed. */
  body: number
}

export async function firstLoad(processes: Processes): Promise<Result> {
  execFileSync(
    process.execPath,
    [join(checkout, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: checkout,
      stdio: 'inherit',
    },
  )
  const postgres = await processes.requirePostgres()
  const secret = randomBytes(32).toString('hex')
  const {port} = await processes.program({
    DATABASE_URL: await postgres.createDatabase(),
    AUTH_JWT_SECRET: secret,
    MAX_CHANGES_PER_MINUTE_PER_ORG: '0',
    MAX_CHANGES_PER_MINUTE_PER_USER: '0',
  })
  const tokens = await Promise.all(
    Array.from({length: members}, (_, number) =>
      mintToken(
        {secret},
        {subject: `${number}`, organization, role: 'member', name: nameOf(number), lifetime: 3600},
      ),
    ),
  )
  const sprintId = await createBoard(`http://127.0.0.1:${port}`, tokens)
  const {total, byPart} = await load(port, `/sprints/${sprintId}`, tokens[0]!)
  const attributed = parts.reduce((sum, part) => sum + byPart[part].onWire, 0)
  const kilobytes = (bytes: number) => bytes / 1024
  return {
    title: `The first load of the page, with a board of ${stories * tasksPerStory} tasks`,
    columns: ['part', 'KB on the wire', 'KB of content'],
    lines: [
      ...parts.map(part => [part, kilobytes(byPart[part].onWire), kilobytes(byPart[part].body)]),
      ['streams, and responses without a body', kilobytes(total - attributed), null],
      ['total', kilobytes(total), null],
    ],
    notes: [
      'Chromium with an empty cache opens the board through a TCP proxy. The proxy counts the bytes from the server: headers, bodies and chunks. The parts are the sizes that Chromium reports for each request.',
      `The titles of the tasks have 20 to 60 characters. The tasks have ${members} owners and all statuses, but no descriptions.`,
    ],
    bars: [atMost('bytes of the page at first load', 150, 'KB', kilobytes(total))],
  }
}

const words =
  'checkout payment address basket session field card order charge replay alert refund bank sandbox'.split(
    ' ',
  )
const verbs = [
  'Merge',
  'Keep',
  'Remember',
  'Offer',
  'Write down',
  'Replay',
  'Measure',
  'Hide',
  'Link',
  'Show',
]

/** Returns a title. The titles of different numbers are different. */
function titleOf(number: number): string {
  const word = (step: number) => words[(number * 7 + step * 5) % words.length]
  const more = number % 3 === 0 ? ` before the ${word(3)} and the ${word(4)} change` : ''
  return `${verbs[number % verbs.length]} the ${word(1)} when the ${word(2)} ends (${number})${more}`
}

function nameOf(number: number): string {
  return `${['Ada', 'Grace', 'Edsger', 'Barbara'][number % 4]} ${['Lovelace', 'Hopper'][number % 2]} ${number}`
}

/** Creates a sprint with stories and tasks. Returns the id of the sprint. */
async function createBoard(url: string, tokens: readonly string[]): Promise<string> {
  const send = async (method: string, path: string, body?: object, member = 0): Promise<any> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {authorization: `Bearer ${tokens[member]}`, 'content-type': 'application/json'},
      ...(body && {body: JSON.stringify(body)}),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.json()
  }
  const project = await send('POST', '/projects', {name: 'Web shop'})
  const sprint = await send('POST', `/projects/${project.id}/sprints`, {name: 'Sprint 12'})
  let number = 0
  for (let count = 0; count < stories; count++) {
    const fields = {title: titleOf(1_000 + count), sprint_id: sprint.id}
    const story = await send('POST', `/projects/${project.id}/stories`, fields)
    const addTasks = async () => {
      while (number < (count + 1) * tasksPerStory) {
        const current = number++
        const member = current % members
        const body = {title: titleOf(current), estimated_hours: (current % 8) + 1}
        const task = await send('POST', `/stories/${story.id}/tasks`, body, member)
        const status = taskStatuses[current % taskStatuses.length]!
        const setStatus = (status: string) => send('PUT', `/tasks/${task.id}/status`, {status}, member)
        if (status === 'cancelled') await setStatus(status)
        if (status === 'available' || status === 'cancelled') continue
        await send('PUT', `/tasks/${task.id}/ownership`, undefined, member)
        if (status !== 'owned') await setStatus('in_progress')
        if (status !== 'owned' && status !== 'in_progress') await setStatus(status)
      }
    }
    await Promise.all(Array.from({length: concurrentTasks}, addTasks))
  }
  return sprint.id
}

/** Opens the path in a browser that has an empty cache and the session of the member. */
async function load(
  port: number,
  path: string,
  token: string,
): Promise<{total: number; byPart: Record<Part, Bytes>}> {
  const proxy = await startCountingProxy(port)
  const {CHROMIUM = '/usr/bin/chromium'} = process.env
  const browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']})
  try {
    const context = await browser.newContext()
    const headers = {origin: proxy.url}
    const signedIn = await context.request.post(`${proxy.url}/api/v1/session`, {data: {token}, headers})
    if (!signedIn.ok()) throw new Error(`Could not sign in: ${await signedIn.text()}`)
    const page = await context.newPage()
    const byPart = await countByPart(page)
    const before = proxy.bytes()
    await page.goto(proxy.url + path)
    await page.locator('.connection[data-status=live]').waitFor()
    await page.locator('[data-task]').nth(stories).waitFor()
    await page.waitForTimeout(settleMs)
    return {total: proxy.bytes() - before, byPart}
  } finally {
    await browser.close()
    proxy.close()
  }
}

/** Counts the bytes of all requests of the page that end. */
async function countByPart(page: Page): Promise<Record<Part, Bytes>> {
  const byPart = Object.fromEntries(parts.map(part => [part, {onWire: 0, body: 0}])) as Record<Part, Bytes>
  const requests = new Map<string, Part>()
  const bodies = new Map<string, number>()
  const devTools = await page.context().newCDPSession(page)
  devTools.on('Network.requestWillBeSent', ({requestId, request}) => {
    const {pathname} = new URL(request.url)
    const ofApi = pathname.endsWith('/board') ? 'the board' : 'other requests'
    requests.set(requestId, pathname.startsWith('/api/') ? ofApi : 'files of the page')
  })
  devTools.on('Network.dataReceived', ({requestId, dataLength}) => {
    bodies.set(requestId, (bodies.get(requestId) ?? 0) + dataLength)
  })
  devTools.on('Network.loadingFinished', ({requestId, encodedDataLength}) => {
    const part = requests.get(requestId)
    if (!part) return
    byPart[part].onWire += encodedDataLength
    byPart[part].body += bodies.get(requestId) ?? 0
  })
  await devTools.send('Network.enable')
  return byPart
}

/** Forwards connections to the port, and counts the bytes that clients receive. */
async function startCountingProxy(port: number) {
  let bytes = 0
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => {})
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    close: () => server.close(),
  }
}
