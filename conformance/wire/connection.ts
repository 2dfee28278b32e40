/** A TCP or TLS connection that records every received byte, and the time at which the byte arrived. */
import {connect, type Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import {Signal} from './signal.ts'

/** How the server ended the connection: with FIN, or with RST or another error. */
export type End = 'closed' | 'reset'

export class Connection {
  readonly socket: Socket
  readonly signal = new Signal()
  /** Every received chunk. `at` is the value of `performance.now()` at the arrival of the chunk. */
  readonly chunks: {at: number; bytes: Buffer}[] = []
  /** How the server ended the connection. Undefined while the connection is open. */
  end: End | undefined
  /** Whether this side has closed the connection. */
  #isClosed = false

  constructor(url: URL) {
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
    const options = {port, host: url.hostname.replace(/^\[|\]$/g, ''), allowHalfOpen: true}
    this.socket =
      url.protocol === 'https:' ? connectTls({...options, servername: url.hostname}) : connect(options)
    this.socket.setNoDelay(true)
    this.socket.on('data', bytes => {
      this.chunks.push({at: performance.now(), bytes})
      this.signal.notify()
    })
    this.socket.on('end', () => this.#endWith('closed'))
    this.socket.on('error', () => this.#endWith('reset'))
    this.socket.on('close', () => this.#endWith('closed'))
  }

  get receivedBytes(): Buffer {
    return Buffer.concat(this.chunks.map(({bytes}) => bytes))
  }

  send(bytes: string | Buffer): void {
    if (this.socket.writable) this.socket.write(bytes)
  }

  /** Sends FIN. The server can still send bytes. */
  sendFin(): void {
    this.socket.end()
  }

  /** Sends RST, like a client that has crashed. */
  cut(): void {
    this.#isClosed = true
    this.socket.resetAndDestroy()
  }

  close(): void {
    this.#isClosed = true
    this.socket.destroy()
  }

  #endWith(end: End): void {
    if (this.#isClosed) return
    this.end ??= end
    this.signal.notify()
  }
}
