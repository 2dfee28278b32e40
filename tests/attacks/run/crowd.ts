/** Many hostile connections to one server, on raw sockets. */
import {connect, type Socket} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'

export interface Hostility {
  /** The bytes that each connection sends at first. */
  bytes: string | Buffer
  /** Whether the connection reads what the server sends. */
  reads: boolean
  /** The text that each connection sends every second after the first bytes. Default: nothing. */
  drip?: string
  /** Whether the connection closes as soon as it has sent its bytes. Default false. */
  resets?: boolean
}

const connectTimeoutMs = 30_000
const connectsAtOnce = 100
const dripMs = 1_000

export class Crowd {
  readonly #sockets: Socket[] = []
  readonly #statuses = new Map<number, number>()
  readonly #drip: NodeJS.Timeout | undefined
  #open = 0

  private constructor(drip: string | undefined) {
    if (drip !== undefined) {
      this.#drip = setInterval(() => {
        for (const socket of this.#sockets) if (socket.writable) socket.write(drip)
      }, dripMs)
    }
  }

  /** Resolves when every connection is open or was refused. */
  static async open(port: number, count: number, hostility: Hostility): Promise<Crowd> {
    const crowd = new Crowd(hostility.drip)
    for (let opened = 0; opened < count; opened += connectsAtOnce) {
      const some = Math.min(connectsAtOnce, count - opened)
      await Promise.all(Array.from({length: some}, () => crowd.#connect(port, hostility)))
    }
    return crowd
  }

  /** The number of connections that neither side has closed. */
  get open(): number {
    return this.#open
  }

  /**
   * How many connections received a response with each status. A response that the connection does not read is not
   * counted.
   */
  get statuses(): ReadonlyMap<number, number> {
    return this.#statuses
  }

  /**
   * Resolves with true when the server has closed every connection. Resolves with false if a connection is open when
   * this number of milliseconds has passed.
   */
  async closedWithin(milliseconds: number): Promise<boolean> {
    const latest = Date.now() + milliseconds
    while (this.#open > 0) {
      if (Date.now() > latest) return false
      await delay(100)
    }
    return true
  }

  close(): void {
    clearInterval(this.#drip)
    for (const socket of this.#sockets) socket.destroy()
  }

  async #connect(port: number, {bytes, reads, resets}: Hostility): Promise<void> {
    const socket = connect({port, host: '127.0.0.1', noDelay: true})
    this.#sockets.push(socket)
    let isOpen = false
    const connected = new Promise<void>(resolve => {
      const timer = setTimeout(resolve, connectTimeoutMs)
      const settle = () => {
        clearTimeout(timer)
        resolve()
      }
      socket.on('error', () => {})
      socket.on('close', () => {
        if (isOpen) this.#open--
        isOpen = false
        settle()
      })
      socket.on('connect', () => {
        isOpen = true
        this.#open++
        if (bytes.length === 0) return settle()
        socket.write(bytes, () => {
          if (resets) socket.resetAndDestroy()
          settle()
        })
        // The server can stop reading before it has read all bytes. The callback of `write` may then never be called.
        setTimeout(settle, 200)
      })
    })
    if (reads) socket.on('data', chunk => this.#count(chunk))
    else socket.pause()
    await connected
  }

  #count(chunk: Buffer): void {
    const status = /^HTTP\/1\.1 (\d+) /.exec(chunk.toString('latin1'))?.[1]
    if (status !== undefined) {
      this.#statuses.set(Number(status), (this.#statuses.get(Number(status)) ?? 0) + 1)
    }
  }
}
