/**
 * Many open streams in one process, read as cheaply as Node can: one buffer for all sockets, and no more of
 * what arrives is looked at than must be.
 */
import {connect, type Socket} from 'node:net'

export interface OpenRequest {
  port: number
  count: number
  /** What readers send; taken in turn where there are fewer than readers. */
  requests: readonly string[]
  /** What a reader finds in the bytes of a stream that is ready. */
  readyMark: string
  /** Readers at the most that have connected and are not ready yet. */
  atOnce: number
}

/** Told of the bytes that a reader got behind those that made it ready; the buffer is used again. */
export type OnBytes = (reader: number, length: number, buffer: Buffer) => void

// Of the 28,000 ports that an address has for outgoing connections, the kernel finds a free one at once only
// while few are taken: at 10,000 a connect costs 300 µs, at 2,000 45.
const readersPerAddress = 2000

const buffer = Buffer.allocUnsafe(64 * 1024)

export class Readers {
  onBytes: OnBytes = () => {}
  readonly #network: number
  #sockets: Socket[] = []
  #opened = 0

  /** Its sockets are of 127.<network>.*.*, from 1. */
  constructor(network: number) {
    this.#network = network
  }

  get count(): number {
    return this.#sockets.length
  }

  /** Opens streams; resolves when the last is ready. Rejects when one ends before it is. */
  open({port, count, requests, readyMark, atOnce}: OpenRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      let started = 0
      let ready = 0
      const onReady = () => {
        if (++ready === count) resolve()
        else if (started < count) openNext()
      }
      const openNext = () => {
        const request = requests[started++ % requests.length]!
        const socket = this.#connect(port, readyMark, onReady)
        socket.once('connect', () => socket.write(request, 'latin1'))
        socket.once('error', reject)
      }
      while (started < Math.min(atOnce, count)) openNext()
    })
  }

  /** Cuts all streams, so that no port is left waiting. */
  close(): void {
    const sockets = this.#sockets
    this.#sockets = [] // from here on an end is no loss
    for (const socket of sockets) socket.resetAndDestroy()
  }

  #connect(port: number, readyMark: string, onReady: () => void): Socket {
    const reader = this.#sockets.length
    let isReady = false
    let text = ''
    const lookForMark = (length: number) => {
      text = text.slice(-readyMark.length) + buffer.toString('latin1', 0, length)
      isReady = text.includes(readyMark)
      if (!isReady) return
      text = ''
      onReady()
    }
    const callback = (length: number) => {
      if (isReady) this.onBytes(reader, length, buffer)
      else lookForMark(length)
      return true
    }
    const socket = connect({
      port,
      host: '127.0.0.1',
      localAddress: this.#address(),
      onread: {buffer, callback},
    })
    socket.once('close', () => {
      if (this.#sockets[reader] !== socket) return
      throw new Error(`A stream was lost: ${text}`) // what is measured without it would be worth nothing
    })
    this.#sockets.push(socket)
    return socket
  }

  #address(): string {
    const index = Math.floor(this.#opened++ / readersPerAddress)
    return `127.${this.#network}.${Math.floor(index / 256)}.${index % 256}`
  }
}
