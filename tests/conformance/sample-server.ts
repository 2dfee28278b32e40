/**
 * A small server of Server-Sent Events that passes every case of the conformance suite. A test plants one fault in the
 * server, and the suite must find the fault.
 */
import {once} from 'node:events'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {setTimeout as delay} from 'node:timers/promises'
import type {Target} from '../../conformance/adapter.ts'
import {findFreePort} from '../../conformance/adapters/ports.ts'

export interface StoredEvent {
  number: number
  id: string
  text: string
}

export interface Reader {
  res: ServerResponse
  /** 0 for the first reader of the server. */
  index: number
  /** The number of the last event that the reader has received. */
  position: number
  /** Whether the socket has too many waiting bytes, so that the reader continues from the history later. */
  isBehind: boolean
}

/** What a fault changes. Without a member, the server behaves correctly. */
export interface Fault {
  /** Runs before a request is handled. Returns true when the fault has responded. */
  request?(req: IncomingMessage, res: ServerResponse): boolean
  /** Handles bytes of a client that are no request. */
  clientError?(error: Error & {rawPacket?: Buffer}, socket: Duplex): void
  status?: number
  /** Returns the header fields of a stream. */
  head?(fields: Record<string, string>, req: IncomingMessage): Record<string, string | string[]>
  sendsHeadLate?: boolean
  /** The bytes at the start of a stream. */
  start?: string
  /** Returns the lines of a text. */
  lines?(text: string): string[]
  /** The start of each line of data. */
  data?: string
  /** Returns the fields of a published event, without the blank line at the end. */
  block?(event: StoredEvent, reader: Reader): string
  write?(res: ServerResponse, block: string, reader: Reader): void
  /** Returns the bytes of a heartbeat. `sent` is the number of earlier heartbeats of the stream. */
  heartbeat?(sent: number): string
  /** Returns the events that the reader receives instead of the live event. */
  live?(event: StoredEvent, reader: Reader, readers: readonly Reader[]): StoredEvent[]
  /** Returns the events that a reader receives instead of the events that it has missed. */
  replay?(missed: StoredEvent[], history: readonly StoredEvent[]): StoredEvent[]
  lastEventId?(req: IncomingMessage): string | undefined
  /** Handles an id that the server did not give. Returns true when the fault has responded. */
  unknownId?(res: ServerResponse, id: string): boolean
  /** The reader receives live events after this promise. */
  join?(req: IncomingMessage): Promise<void> | undefined
  forgetsReaders?: boolean
  beforePublish?(readers: ReadonlySet<Reader>): Promise<void>
  maxWaitingBytes?: number
  /** Handles a reader with too many waiting bytes. */
  overflow?(reader: Reader, block: string): void
  /** Handles the end of a credential. */
  expire?(res: ServerResponse): void
  acceptsExpired?: boolean
  drain?(readers: ReadonlySet<Reader>): Promise<void> | undefined
  /** Responds to a request for a stream while the server stops. */
  draining?(res: ServerResponse): void
  exitCode?: number
  /** Changes what the server has stored when the process is killed. */
  afterKill?(history: StoredEvent[], counter: {next: number}): void
}

const heartbeatSeconds = 0.2
const expirySeconds = 0.3
const maxWaitingBytes = 256 * 1024
const maxTextLength = 20_000
const allowedOrigin = 'https://allowed.example'
const goodbye = 'event: bye\nretry: 200\ndata: draining\n\n'

export async function startSampleServer(fault: Fault = {}): Promise<Target> {
  const port = await findFreePort()
  const readers = new Set<Reader>()
  const sockets = new Set<Socket>()
  const counter = {next: 1}
  /** The end of each credential, in milliseconds since 1970. */
  const credentials = new Map<string, number>()
  let history: StoredEvent[] = []
  let opened = 0
  let isDraining = false
  let server: Server | undefined

  async function start(): Promise<void> {
    if (server) return
    isDraining = false
    server = createServer({requireHostHeader: false}, handle)
    if (fault.clientError) server.on('clientError', fault.clientError)
    server.on('connection', socket => {
      socket.setMaxListeners(0) // each pipelined request listens for the end of the connection
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  function handle(req: IncomingMessage, res: ServerResponse): void {
    if (fault.request?.(req, res)) return
    const {origin, authorization} = req.headers
    if (origin === allowedOrigin) res.setHeader('Access-Control-Allow-Origin', origin)
    res.setHeader('Vary', 'Origin')
    const hosts = req.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
    if (hosts.length > 1 || (hosts.length === 0 && req.httpVersion === '1.1')) return void refuse(res, 400)
    const {pathname} = new URL(req.url!, 'http://localhost')
    if (pathname === '/finished') return void end(res, 204)
    if (pathname !== '/events') return void refuse(res, 404)
    if (req.method === 'OPTIONS') {
      return void end(res, 204, {'Access-Control-Allow-Headers': 'Last-Event-ID, Authorization'})
    }
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return void refuse(res, 405, {Allow: 'GET, HEAD, OPTIONS'})
    const endsAt = authorization === undefined ? undefined : (credentials.get(authorization) ?? 0)
    if (endsAt !== undefined && endsAt <= Date.now() && !(endsAt && fault.acceptsExpired))
      return void refuse(res, 401, {'WWW-Authenticate': 'Bearer'})
    openStream(req, res, endsAt)
  }

  function openStream(req: IncomingMessage, res: ServerResponse, endsAt: number | undefined): void {
    const fields = {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    }
    if (isDraining && fault.draining) return void fault.draining(res)
    res.writeHead(fault.status ?? 200, fault.head?.(fields, req) ?? fields)
    if (req.method === 'HEAD') return void res.end()
    if (isDraining) return void res.end(goodbye)
    if (!fault.sendsHeadLate) {
      res.flushHeaders()
      res.write(fault.start ?? ': welcome\n\n')
    }
    const reader: Reader = {res, index: opened++, position: counter.next - 1, isBehind: false}
    if (!replay(reader, req)) return
    const joined = fault.join?.(req)
    if (joined) void joined.then(() => readers.add(reader))
    else readers.add(reader)
    if (!fault.forgetsReaders) req.socket.once('close', () => readers.delete(reader))
    keepAlive(reader)
    if (endsAt !== undefined) endLater(reader, endsAt)
  }

  /** Returns false when a fault has responded. */
  function replay(reader: Reader, req: IncomingMessage): boolean {
    const parameter = new URL(req.url!, 'http://localhost').searchParams.get('after')
    const lastEventId = fault.lastEventId ? fault.lastEventId(req) : idOf(req) || parameter
    if (lastEventId) {
      const [, digits] = /^e-([1-9]\d{0,9})$/.exec(lastEventId) ?? []
      const oldest = history[0]?.number ?? counter.next
      const canResume = digits && Number(digits) < counter.next && Number(digits) >= oldest - 1
      if (canResume) reader.position = Number(digits)
      else if (!fault.unknownId) reader.res.write('event: gap\ndata: events are missing\n\n')
      else if (fault.unknownId(reader.res, lastEventId)) return false
    }
    const {position} = reader
    const missed = history.filter(({number}) => number > position)
    for (const event of fault.replay?.(missed, history) ?? missed) deliver(reader, event)
    if (!reader.isBehind) reader.position = counter.next - 1
    return true
  }

  function keepAlive({res}: Reader): void {
    let sent = 0
    const timer = setInterval(() => {
      if (!res.headersSent || res.writableLength > 0) return
      const bytes = fault.heartbeat ? fault.heartbeat(sent++) : ':\n\n'
      if (bytes !== '') res.write(bytes)
    }, heartbeatSeconds * 1000)
    res.req.socket.once('close', () => clearInterval(timer))
    res.once('finish', () => clearInterval(timer))
  }

  function endLater(reader: Reader, endsAt: number): void {
    const timer = setTimeout(() => {
      if (fault.expire) fault.expire(reader.res)
      else reader.res.end('event: expired\ndata: the credential has ended\n\n')
      if (reader.res.writableEnded || reader.res.destroyed) readers.delete(reader)
    }, endsAt - Date.now())
    reader.res.req.socket.once('close', () => clearTimeout(timer))
  }

  /** Writes the event, or leaves the reader behind when too many bytes wait for the socket. */
  function deliver(reader: Reader, event: StoredEvent): void {
    const {res} = reader
    if (reader.isBehind) return
    const block = `${fault.block?.(event, reader) ?? blockOf(event, fault)}\n\n`
    if (res.writableLength > (fault.maxWaitingBytes ?? maxWaitingBytes)) {
      if (fault.overflow) return void fault.overflow(reader, block)
      reader.isBehind = true
      res.once('drain', () => catchUp(reader))
      return
    }
    if (fault.write) fault.write(res, block, reader)
    else res.write(Buffer.from(block))
    reader.position = event.number
  }

  function catchUp(reader: Reader): void {
    reader.isBehind = false
    const {position} = reader
    for (const event of history.filter(({number}) => number > position)) deliver(reader, event)
  }

  async function publish(text: string): Promise<void> {
    await fault.beforePublish?.(readers)
    if (!server) throw new Error('The server does not run.')
    const number = counter.next++
    const event = {number, id: `e-${number}`, text}
    history.push(event)
    const all = [...readers]
    for (const reader of all) {
      const events = fault.live && !reader.isBehind ? fault.live(event, reader, all) : [event]
      for (const each of events) deliver(reader, each)
    }
    await delay(0)
  }

  function close(): void {
    server?.close()
    server = undefined
    readers.clear()
  }

  await start()
  const origin = `http://127.0.0.1:${port}`
  const url = `${origin}/events`
  return {
    stream: {url},
    publish,
    async stop() {
      close()
      for (const socket of sockets) socket.destroy()
    },
    textOf: ({type, data}) => (type === 'message' ? data : undefined),
    maxTextLength,
    resume: {
      isGap: ({type}) => type === 'gap',
      futureId: id => id.replace(/\d+/, number => String(Number(number) + 1_000)),
      async forget() {
        history = []
      },
      parameter: 'after',
      isDurable: true,
    },
    heartbeatSeconds,
    origins: {allowed: allowedOrigin, refused: 'https://refused.example'},
    unauthorized: {url, headers: {Authorization: 'invalid'}},
    finished: {url: `${origin}/finished`},
    async expire() {
      const endsAt = Date.now() + expirySeconds * 1000
      const Authorization = `until ${endsAt}`
      credentials.set(Authorization, endsAt)
      return {stream: {url, headers: {Authorization}}, endsAt, isExpiry: ({type}) => type === 'expired'}
    },
    process: {
      async kill() {
        for (const socket of sockets) socket.resetAndDestroy()
        close()
        fault.afterKill?.(history, counter)
      },
      async terminate() {
        isDraining = true
        if (fault.drain) await fault.drain(readers)
        else for (const {res} of readers) res.end(goodbye)
        await delay(150) // new requests arrive in this time
        close()
        return fault.exitCode ?? 0
      },
      start,
      drainSeconds: 0.5,
      isDrain: ({type}) => type === 'bye',
    },
    memoryBytes: async () => [...readers].reduce((sum, {res}) => sum + res.writableLength, 0),
    openStreams: async () => readers.size,
  }
}

/** Returns the fields of the event. */
export function blockOf(event: StoredEvent, {lines = linesOf, data = 'data: '}: Fault = {}): string {
  return [`id: ${event.id}`, ...lines(event.text).map(line => data + line)].join('\n')
}

export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/)
}

export function end(
  res: ServerResponse,
  status: number,
  fields: Record<string, string> = {},
  body = '',
): void {
  res.writeHead(status, fields).end(body)
}

function refuse(res: ServerResponse, status: number, fields: Record<string, string> = {}): void {
  end(res, status, {'Content-Type': 'text/plain', ...fields}, 'refused')
}

function idOf(req: IncomingMessage): string | undefined {
  return req.headers['last-event-id']?.toString()
}
