/** Small HTTP proxies, each with one habit that disturbs streams. */
import {once} from 'node:events'
import {createServer, type IncomingMessage, request, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {createGzip} from 'node:zlib'

/** Writes the body of the server to the client. */
export type Habit = (body: IncomingMessage, res: ServerResponse) => void

export interface Proxy {
  /** Returns the URL that leads through the proxy to the given URL. */
  through(url: string): string
  /** The number of requests that the proxy has forwarded. */
  requests(): number
  close(): void
}

export async function startProxy(origin: string, habit: Habit): Promise<Proxy> {
  let requests = 0
  const server = createServer((req, res) => {
    requests++
    const {hostname, port} = new URL(origin)
    const upstream = request({
      hostname,
      port,
      path: req.url,
      method: req.method,
      // A proxy adds header fields, and uses its own connection.
      headers: {...req.headers, connection: 'keep-alive', via: '1.1 proxy', 'x-forwarded-for': '203.0.113.7'},
      agent: false,
    })
    upstream.on('response', body => habit(body, res))
    upstream.on('error', () => res.destroy())
    res.on('close', () => upstream.destroy())
    req.pipe(upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  return {
    through(url) {
      const {pathname, search} = new URL(url)
      return `http://127.0.0.1:${port}${pathname}${search}`
    },
    requests: () => requests,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const bufferBytes = 4_096 // the size of one buffer of nginx

/** Forwards nothing before a buffer is full, unless the server sends `X-Accel-Buffering: no`. */
export const buffering: Habit = (body, res) => {
  sendHead(body, res)
  if (body.headers['x-accel-buffering']?.toString().toLowerCase() === 'no') {
    pass(body, res)
    return
  }
  let held = Buffer.alloc(0)
  body.on('data', bytes => {
    held = Buffer.concat([held, bytes])
    if (held.length < bufferBytes) return
    res.write(held)
    held = Buffer.alloc(0)
  })
  body.on('end', () => res.end(held))
  body.on('error', () => res.destroy())
}

/** Compresses the response without flushing after each event, unless the server forbids transformations. */
export const compressing: Habit = (body, res) => {
  if (/\bno-transform\b/i.test(body.headers['cache-control'] ?? '')) {
    sendHead(body, res)
    pass(body, res)
    return
  }
  sendHead(body, res, {'content-encoding': 'gzip'})
  const gzip = createGzip()
  gzip.pipe(res)
  body.pipe(gzip)
  body.on('error', () => res.destroy())
}

/** Forwards each byte in a chunk and a packet of its own. */
export const splitting: Habit = (body, res) => {
  sendHead(body, res)
  body.on('data', (bytes: Buffer) => {
    for (const byte of bytes) res.write(Buffer.of(byte))
  })
  body.on('end', () => res.end())
  body.on('error', () => res.destroy())
}

/** Collects what arrives within 30 ms, and forwards it in one piece. */
export const joining: Habit = (body, res) => {
  sendHead(body, res)
  let held: Buffer[] = []
  const timer = setInterval(() => {
    if (held.length > 0) res.write(Buffer.concat(held))
    held = []
  }, 30)
  res.on('close', () => clearInterval(timer))
  body.on('data', bytes => held.push(bytes))
  body.on('end', () => res.end(Buffer.concat(held)))
  body.on('error', () => res.destroy())
}

/** Ends the connection when the server is silent for this time. */
export function impatient(idleMs: number): Habit {
  return (body, res) => {
    sendHead(body, res)
    const timer = setTimeout(() => res.destroy(), idleMs)
    body.on('data', () => timer.refresh())
    res.on('close', () => clearTimeout(timer))
    pass(body, res)
  }
}

/** Ends the connection after this number of bytes, in the middle of an event. */
export function limiting(maxBytes: number): Habit {
  return (body, res) => {
    sendHead(body, res)
    let left = maxBytes
    body.on('data', (bytes: Buffer) => {
      if (left <= 0) return
      res.write(bytes.subarray(0, left))
      left -= bytes.length
      if (left <= 0) res.end()
    })
    body.on('end', () => res.end())
    body.on('error', () => res.destroy())
  }
}

function pass(body: IncomingMessage, res: ServerResponse): void {
  body.on('data', bytes => res.write(bytes))
  body.on('end', () => res.end())
  body.on('error', () => res.destroy())
}

/** Forwards the head without the fields that concern only one connection. */
function sendHead(body: IncomingMessage, res: ServerResponse, more: Record<string, string> = {}): void {
  const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'x-accel-buffering']
  const fields = Object.entries(body.headers).filter(([name]) => !hopByHop.includes(name))
  res.writeHead(body.statusCode!, {...Object.fromEntries(fields), ...more})
  res.flushHeaders()
}
