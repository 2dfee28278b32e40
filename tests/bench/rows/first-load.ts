/** Measures how many bytes a browser receives when it loads the page for the first time, with a large board. */
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {type AddressInfo, connect, createServer} from 'node:net'
import type {Page} from 'playwright-core'
import {launchChromium} from '../../helpers/chromium.ts'
import {createSprint, mintTokens} from '../large-sprint.ts'
import type {Processes} from '../processes.ts'
import {atMost, type Result} from '../table.ts'

const stories = 25
const tasksPerStory = 20
const members = 8
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
  const secret = randomBytes(32).toString('hex')
  const {port} = await processes.page(secret)
  const tokens = await mintTokens(secret, members)
  const {sprintId} = await createSprint(`http://127.0.0.1:${port}`, tokens, {stories, tasksPerStory})
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

/** Opens the path in a browser that has an empty cache and the session of the member. */
async function load(
  port: number,
  path: string,
  token: string,
): Promise<{total: number; byPart: Record<Part, Bytes>}> {
  const proxy = await startCountingProxy(port)
  const browser = await launchChromium()
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
