// A proxy that changes requests and responses. The checks of the attack runs must notice these changes.
import {once} from 'node:events'
import {createServer, type IncomingMessage, request, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {buffer} from 'node:stream/consumers'
import type {ExecutionContext} from 'ava'

/** A request with its whole body. A tampering function can change every field. */
export interface ProxiedRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

export interface Tampering {
  /** Changes a request. By default, the proxy forwards the request unchanged. */
  onRequest?: (sent: ProxiedRequest) => void
  /** Returns the status of the response. By default, the proxy forwards the status from the server. */
  statusOf?: (sent: ProxiedRequest, status: number) => number
  /** Returns headers to add to the response. Each header replaces a header of the same name. Default: no headers. */
  headersOf?: (sent: ProxiedRequest) => Record<string, string>
  /** Returns the names of headers to remove from the response. Default: no headers. */
  removedHeaders?: (sent: ProxiedRequest) => readonly string[]
  /** Changes the text of a response, or a chunk of a stream. By default, the proxy forwards the text unchanged. */
  onText?: (text: string, sent: ProxiedRequest) => string
  /** Whether to hold each stream back until it has ended, as some proxies do. Default false. */
  holdsStreams?: boolean
  /** Can respond instead of the server. Returns true when this function has responded. */
  respond?: (sent: ProxiedRequest, res: ServerResponse) => boolean
}

/** The proxy is closed at the end of the test. */
export async function startTamperingProxy(
  t: ExecutionContext,
  target: string,
  tampering: Tampering,
): Promise<{url: string; port: number}> {
  // The proxy forwards the header Keep-Alive of the server, which promises more than Node's five seconds. Without this
  // option, the proxy could close a connection at the moment when the client sends a request.
  const proxy = createServer(
    {keepAliveTimeout: 600_000},
    (req, res) => void forward(req, res, target, tampering),
  )
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const {port} = proxy.address() as AddressInfo
  return {url: `http://127.0.0.1:${port}`, port}
}

async function forward(
  req: IncomingMessage,
  res: ServerResponse,
  target: string,
  {onRequest, statusOf, headersOf, removedHeaders, onText, holdsStreams, respond}: Tampering,
): Promise<void> {
  const body = (await buffer(req)).toString()
  const sent = {method: req.method!, path: req.url!, headers: req.headers as Record<string, string>, body}
  onRequest?.(sent)
  if (respond?.(sent, res)) return
  const {method, path, headers} = sent
  const length = String(Buffer.byteLength(sent.body))
  const options = {method, headers: {...headers, ...(sent.body !== '' && {'content-length': length})}}
  const asked = request(target + path, options, async response => {
    const status = response.statusCode!
    const {'content-length': _length, ...others} = response.headers
    const isStream = !holdsStreams && response.headers['content-type'] === 'text/event-stream'
    if (isStream) res.removeHeader('Transfer-Encoding') // the body of a stream ends when the connection ends
    for (const name of removedHeaders?.(sent) ?? []) delete others[name]
    res.writeHead(statusOf?.(sent, status) ?? status, {...others, ...headersOf?.(sent)})
    response.on('error', () => res.destroy())
    res.on('close', () => response.destroy())
    if (!isStream) {
      const bytes = await buffer(response).catch(() => Buffer.alloc(0))
      res.end(onText ? onText(bytes.toString(), sent) : bytes)
      return
    }
    response.setEncoding('latin1')
    response.on('data', chunk => res.write(onText ? onText(chunk, sent) : chunk, 'latin1'))
    response.on('end', () => res.end())
  })
  asked.on('error', () => res.destroy())
  asked.end(sent.body)
}
