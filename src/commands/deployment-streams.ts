/** Checks whether streams and long polls work on the path to a deployment. */
import {
  type Answer,
  type Deployment,
  explainUnexpected,
  fetchAll,
  type Head,
  jsonOf,
} from './deployment-request.ts'
import {type BlockOf, DeploymentStream} from './deployment-stream.ts'
import {type Check, check} from './findings.ts'

export interface StreamCheckOptions {
  /** How long the idle stream is held open. Default 70, because many proxies have time limits of 60 s. */
  holdSeconds?: number
  /** How long to wait for the first block of a stream, in milliseconds. Default 20,000. */
  openTimeoutMs?: number
  /** Called every second while the stream is held. The arguments are numbers of seconds. */
  onProgress?: (held: number, hold: number) => void
}

export async function* checkStreams(
  deployment: Deployment,
  {holdSeconds = 70, openTimeoutMs = 20_000, onProgress}: StreamCheckOptions,
): Check {
  const streams: DeploymentStream[] = []
  const openStream = async (headers: Record<string, string>) => {
    const stream = new DeploymentStream(deployment, headers)
    streams.push(stream)
    await stream.waitForBlock(openTimeoutMs)
    return stream
  }
  try {
    const held = await openStream({'accept-encoding': 'identity'})
    const open = held.find('stream.open')
    yield await check('stream start', () => checkStart(held, openTimeoutMs))
    if (held.head?.status === 200) yield* checkHead(held.head)
    if (open) {
      yield await check('clock', () => checkClock(held.requestedAt, open))
      // The server answers a malformed cursor with a reset, so that the answer shows whether the header has arrived.
      const second = await openStream({'accept-encoding': 'identity', 'last-event-id': 'doctor'})
      yield await check('parallel streams', () => checkSecond(second, held))
      if (second.blocks.length > 0) yield await check('Last-Event-ID', () => checkCursorHeader(second))
      const compressible = await openStream({'accept-encoding': 'gzip, deflate, br'})
      if (compressible.head) yield await check('compression', () => checkCoding(compressible.head!))
    }
    const stopProgress = reportProgress(held, holdSeconds, open && onProgress)
    const poll = check('long poll', () =>
      checkPoll(deployment, open?.data.cursor, Math.min(holdSeconds, maxWaitSeconds)),
    )
    const idle = open && check('idle stream', () => checkIdle(held, open, holdSeconds))
    yield await poll
    if (idle) yield await idle
    stopProgress()
  } finally {
    for (const stream of streams) stream.close()
  }
}

// The first block of a stream is sent as fast as the response to any other request.
const maxStartMs = 2_000

const bufferingRemedy =
  'A proxy holds streams back. Disable buffering of text/event-stream: let nginx obey X-Accel-Buffering (or set proxy_buffering off) with proxy_http_version 1.1, and disable response buffering and content inspection of other proxies.'

function checkStart({head, blocks, error}: DeploymentStream, timeoutMs: number): string {
  const [first] = blocks
  if (head && head.status !== 200) throw new Error(`The stream was not opened. ${explainUnexpected(head)}`)
  if (error) throw new Error('The connection broke before the stream opened.', {cause: error})
  if (!first) {
    const what = head ? 'The head of the response arrived, but no event' : 'Nothing'
    throw new Error(`${what} arrived within ${seconds(timeoutMs)}. ${bufferingRemedy}`)
  }
  if (first.data.type === 'stream.unavailable') {
    throw new Error(`The server cannot serve a stream now (${first.data.reason}). Run the check again later.`)
  }
  if (first.afterMs > maxStartMs) {
    throw new Error(`The first event arrived after ${seconds(first.afterMs)}. ${bufferingRemedy}`)
  }
  return `${first.data.type} arrives after ${Math.round(first.afterMs)} ms`
}

async function* checkHead({headers, httpVersion}: Head): Check {
  yield await check('stream headers', () => {
    const {'content-type': type = 'none', 'cache-control': cache = ''} = headers
    if (!type.startsWith('text/event-stream')) {
      throw new Error(`A proxy changes Content-Type to ${type}. Browsers then refuse the stream.`)
    }
    if (!cache.includes('no-store') || !cache.includes('no-transform')) {
      throw new Error(
        `A proxy drops or changes Cache-Control (no-store, no-transform), so that other proxies may keep or compress streams. The value is now: ${cache || 'none'}.`,
      )
    }
    return 'Content-Type and Cache-Control arrive'
  })
  yield await check('framing', () => {
    const {'transfer-encoding': coding, 'content-length': length} = headers
    if (length !== undefined) {
      throw new Error(
        `The stream has a Content-Length, so a proxy collects it before it sends it. ${bufferingRemedy}`,
      )
    }
    if (httpVersion === '1.1' && coding?.includes('chunked')) return 'the stream arrives in chunks (HTTP/1.1)'
    throw new Error(
      `The stream arrives without chunks (HTTP/${httpVersion}), so clients cannot distinguish an ended stream from a broken one. A proxy uses HTTP/1.0 to the server. In nginx, set proxy_http_version 1.1.`,
    )
  })
}

const maxClockDifferenceMs = 5_000

function checkClock(requestedAt: number, {at, data}: BlockOf<'stream.open'>): string {
  const serverTime = Date.parse(data.timestamp)
  const differenceMs = Math.max(requestedAt - serverTime, serverTime - at, 0)
  const text = `the clocks of this machine and of the server differ by ${Math.round(differenceMs)} ms`
  if (differenceMs > maxClockDifferenceMs) {
    throw new Error(
      `${text}. Tokens may be refused or accepted too long. Synchronize both clocks, for example with NTP.`,
    )
  }
  return text
}

function checkSecond(second: DeploymentStream, first: DeploymentStream): string {
  if (second.blocks.length > 0 && first.endedAfterMs === undefined)
    return 'a second stream opens while the first is open'
  const what = first.endedAfterMs === undefined ? 'A second stream does not open' : 'The first stream ended'
  throw new Error(
    `${what} while both are requested. A proxy limits connections or queues requests. Raise its limits of connections for each client and to the server.`,
  )
}

function checkCursorHeader(stream: DeploymentStream): string {
  if (stream.find('stream.reset')) return 'arrives at the server'
  throw new Error(
    'A proxy drops the header Last-Event-ID, so streams of browsers lose events when they reconnect. Let the proxy forward this header unchanged.',
  )
}

function checkCoding({headers}: Head): string {
  const coding = headers['content-encoding']
  if (!coding || coding === 'identity') return 'streams are not compressed'
  throw new Error(
    `A proxy compresses streams (${coding}), which can delay events and costs memory for each stream. Remove text/event-stream from its compressed types, such as gzip_types of nginx, or limit SetOutputFilter DEFLATE of Apache to other types.`,
  )
}

const maxWaitSeconds = 25 // the default of the API

async function checkPoll(
  deployment: Deployment,
  cursor: string | undefined,
  waitSeconds: number,
): Promise<string> {
  const query = new URLSearchParams({wait: String(waitSeconds), ...(cursor && {lastEventId: cursor})})
  const startedAt = performance.now()
  const answer = await fetchPoll(deployment, `/api/v1/events?${query}`, (waitSeconds + 10) * 1_000)
  const after = seconds(performance.now() - startedAt)
  if (answer.status === 200 && Array.isArray(jsonOf(answer).events)) return `answered after ${after}`
  throw new Error(
    `A poll that waits for ${waitSeconds} s failed after ${after}. ${explainUnexpected(answer)} Set the read timeout of the proxy to more than 55 s.`,
  )
}

async function fetchPoll(deployment: Deployment, path: string, timeoutMs: number): Promise<Answer> {
  const headers = {...deployment.credential, accept: 'application/json'}
  try {
    return await fetchAll(deployment, path, {headers, signal: AbortSignal.timeout(timeoutMs)})
  } catch (error) {
    throw new Error(
      `A poll received no complete answer within ${seconds(timeoutMs)}, or its connection broke. Set the read timeout of the proxy to more than 55 s, and let the proxy forward the header Accept unchanged.`,
      {cause: error},
    )
  }
}

async function checkIdle(
  stream: DeploymentStream,
  open: BlockOf<'stream.open'>,
  holdSeconds: number,
): Promise<string> {
  await stream.waitForAge(holdSeconds * 1_000)
  const heartbeatMs = open.data.heartbeat_seconds * 1_000
  const arrivals = stream.blocks.map(({afterMs}) => afterMs)
  const endMs = stream.endedAfterMs ?? stream.elapsedMs
  const longestMs = Math.max(...[...arrivals.slice(1), endMs].map((at, index) => at - arrivals[index]!))
  if (stream.endedAfterMs !== undefined) throw new Error(explainEnd(stream, heartbeatMs))
  if (longestMs > maxMissedHeartbeats * heartbeatMs) {
    throw new Error(
      `Nothing arrived for ${seconds(longestMs)}, but the server sends a heartbeat every ${seconds(heartbeatMs)}. ${bufferingRemedy}`,
    )
  }
  return `stays open for ${holdSeconds} s; the longest silence was ${seconds(longestMs)}`
}

// After this number of heartbeat intervals without a block, clients treat the connection as dead.
const maxMissedHeartbeats = 2.5

/** Says why the stream has probably ended. */
function explainEnd({endedAfterMs = 0, blocks}: DeploymentStream, heartbeatMs: number): string {
  const last = blocks.at(-1)!
  const cut = `The stream ended after ${seconds(endedAfterMs)}`
  switch (last.data.type) {
    case 'stream.drain':
      return `${cut}, because the server is stopping. Run the check again.`
    case 'stream.expired':
    case 'stream.revoked':
      return `${cut}, because the credential ended. Use a credential that is valid for longer.`
  }
  // A timeout that is shorter than the heartbeat interval ends the stream before the second heartbeat.
  const heartbeats = blocks.filter(({data}) => data.type === 'stream.heartbeat').length
  const interval = `heartbeats arrive every ${seconds(heartbeatMs)}`
  return heartbeats > 1
    ? `${cut}, although ${interval}. A proxy limits the duration of responses. Remove this limit for the paths below /api/v1/events.`
    : `${cut}, after ${seconds(endedAfterMs - last.afterMs)} of silence; ${interval}. Raise the read timeouts and idle timeouts of the proxy to three times HEARTBEAT_SECONDS, or lower HEARTBEAT_SECONDS.`
}

/** Returns a function that stops the reports. */
function reportProgress(
  stream: DeploymentStream,
  holdSeconds: number,
  onProgress: StreamCheckOptions['onProgress'],
): () => void {
  if (!onProgress) return () => {}
  const timer = setInterval(() => onProgress(Math.round(stream.elapsedMs / 1_000), holdSeconds), 1_000)
  return () => clearInterval(timer)
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}
