/** A `fetch` for a stream that reports each request and each block of a response, and that can cut the connection. */
import type {FetchInit, FetchResponse} from '../../src/client/client.ts'

interface Observer {
  /** Called with the path of a stream or a poll, and with the headers that matter to readers. */
  onRequest(url: string, headers: Record<string, string>): void
  /** Called with the text of one block, without the empty line at its end, or with the body of a poll. */
  onBlock(block: string): void
  onCut(): void
}

export class ObservedNetwork {
  private isBroken = false
  private readonly connections = new Set<() => void>()

  private readonly observer: Observer

  constructor(observer: Observer) {
    this.observer = observer
  }

  get isCut(): boolean {
    return this.isBroken
  }

  /** When set to true, breaks all connections and refuses new connections. */
  set isCut(isCut: boolean) {
    this.isBroken = isCut
    if (!isCut) return
    this.observer.onCut()
    for (const breakConnection of this.connections) breakConnection()
  }

  readonly fetch = async (url: string, init: FetchInit): Promise<FetchResponse> => {
    if (this.isBroken) throw new TypeError('The connection is cut.')
    const isEvents = url.includes('/events')
    if (isEvents) this.observer.onRequest(url, init.headers)
    const connection = new AbortController()
    const breakConnection = () => connection.abort(new TypeError('The connection was cut.'))
    this.connections.add(breakConnection)
    const signal = AbortSignal.any([init.signal as AbortSignal, connection.signal])
    signal.addEventListener('abort', () => this.connections.delete(breakConnection))
    const response = await fetch(url, {...init, signal} as RequestInit)
    if (!isEvents || !response.ok || !response.body) return response
    const isPoll = response.headers.get('content-type')?.includes('json')
    const body = response.body.pipeThrough(isPoll ? this.wholeBody() : this.blocks())
    return new Response(body, {status: response.status, headers: response.headers})
  }

  /** Passes the bytes on, and reports each block when its last byte has arrived. */
  private blocks(): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
    const decoder = new TextDecoder()
    let text = ''
    return new TransformStream({
      transform: (bytes, controller) => {
        text += decoder.decode(bytes, {stream: true})
        const complete = text.split('\n\n')
        text = complete.pop()!
        for (const block of complete) this.observer.onBlock(block)
        controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
      },
    })
  }

  private wholeBody(): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
    const decoder = new TextDecoder()
    let text = ''
    return new TransformStream({
      transform(bytes, controller) {
        text += decoder.decode(bytes, {stream: true})
        controller.enqueue(bytes as Uint8Array<ArrayBuffer>)
      },
      flush: () => this.observer.onBlock(text),
    })
  }
}
