/** An HTTP client with little overhead: it has one raw socket and sends one request at a time. */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'

export class Client {
  readonly #socket: Socket
  #received = ''
  #onResponse: (status: number) => void = () => {}

  /** Resolves when the client is connected. Rejects when the connection fails. */
  readonly connected: Promise<unknown>

  constructor(port: number) {
    this.#socket = connect({port, host: '127.0.0.1', noDelay: true})
    this.connected = once(this.#socket, 'connect')
    this.connected.catch(() => {}) // not every caller waits for the connection
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', text => this.#receive(String(text)))
    this.#socket.on('error', () => this.#onResponse(0))
    this.#socket.on('close', () => this.#onResponse(0))
  }

  /** Sends the request. Rejects when the status of the response is not 2xx. */
  async send(request: string): Promise<void> {
    const status = await this.statusOf(request)
    if (status < 200 || status > 299) throw new Error(`${request.split('\r\n')[0]} returned ${status}`)
  }

  /** Sends the request. Returns the status of the response, or 0 when the connection breaks. */
  statusOf(request: string): Promise<number> {
    return new Promise(resolve => {
      if (this.#socket.destroyed || this.#socket.writableEnded) return resolve(0)
      this.#onResponse = resolve
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#onResponse = () => {}
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const head = this.#received.slice(0, headEnd)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (this.#received.length < headEnd + 4 + length) return
    this.#received = ''
    this.#onResponse(Number(head.split(' ', 2)[1]))
  }
}
