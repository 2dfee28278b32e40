/** Closes the connections of clients that do not read the response to their request. */
import type {Server} from 'node:http'
import type {Socket} from 'node:net'

const checksPerTimeout = 20

export interface UnreadResponsesOptions {
  /**
   * If bytes wait for a client, and the client takes no bytes for this number of milliseconds, the connection is
   * closed.
   */
  timeoutMs: number
  /** Returns whether other code watches the connection. If so, this class does not watch the connection. */
  isExempt: (connection: Socket) => boolean
  /**
   * The maximum number of bytes that wait for all clients together. If the waiting bytes exceed this maximum, the
   * server closes connections whose clients take no bytes, and does not wait for the timeout. The server first closes
   * the connection with the most waiting bytes.
   */
  maxBytes: number
  /** Returns the number of bytes that wait for the client of the connection. */
  bytesOf: (connection: Socket) => number
}

interface Watch {
  /** Whether the client has taken no bytes since the last check. */
  isStalled: boolean
  /** The number of successive checks that found a stalled client. */
  stalledChecks: number
  stop: () => void
}

export class UnreadResponses {
  readonly #options: UnreadResponsesOptions
  readonly #checkMs: number
  /**
   * The timeout of a watched socket. The timeout is shorter than the time between two checks, so that a socket emits
   * `timeout` before the next check.
   */
  readonly #reportMs: number
  readonly #connections = new Set<Socket>()
  /** The connections with bytes that wait for the client. */
  readonly #watched = new Map<Socket, Watch>()
  #timer: NodeJS.Timeout | undefined

  constructor(server: Server, options: UnreadResponsesOptions) {
    this.#options = options
    this.#checkMs = options.timeoutMs / checksPerTimeout
    this.#reportMs = this.#checkMs * 0.75
    server.on('connection', socket => this.#add(socket))
  }

  /** Returns whether the connection is watched. Must be called when the socket of a connection emits `timeout`. */
  receiveTimeout(connection: Socket): boolean {
    const watch = this.#watched.get(connection)
    if (watch) watch.isStalled = true
    return watch !== undefined
  }

  #add(connection: Socket): void {
    this.#connections.add(connection)
    this.#timer ??= setInterval(() => this.#check(), this.#checkMs).unref()
    connection.once('close', () => {
      this.#connections.delete(connection)
      this.#watched.delete(connection)
      if (this.#connections.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
  }

  #check(): void {
    for (const connection of this.#connections) {
      const waits = connection.writableLength > 0 && !this.#options.isExempt(connection)
      const watch = this.#watched.get(connection)
      if (!waits) watch?.stop()
      else if (watch) this.#checkProgress(connection, watch)
      else this.#watch(connection)
    }
    this.#limitBytes()
  }

  #limitBytes(): void {
    const {maxBytes, bytesOf} = this.#options
    const waiting = [...this.#watched].map(([connection, {stalledChecks}]) => ({
      connection,
      isStalled: stalledChecks > 0,
      bytes: bytesOf(connection),
    }))
    let total = waiting.reduce((sum, {bytes}) => sum + bytes, 0)
    const stalled = waiting.filter(({isStalled}) => isStalled).sort((one, other) => other.bytes - one.bytes)
    for (const {connection, bytes} of stalled) {
      if (total <= maxBytes) return
      connection.destroy()
      total -= bytes
    }
  }

  /**
   * A socket emits `timeout` when it has received no bytes and has sent no bytes. A paused socket never receives bytes.
   * So when a paused socket emits `timeout`, the client has taken no bytes.
   */
  #watch(connection: Socket): void {
    const {timeout = 0} = connection
    const hasPaused = !connection.isPaused()
    if (hasPaused) connection.pause()
    const stop = () => {
      connection.off('drain', stop)
      if (!this.#watched.delete(connection)) return
      if (hasPaused) connection.resume()
      // If the timeout of the connection is no longer `#reportMs`, Node has completed the response, and has set the
      // timeout for idle connections. That timeout must not be replaced.
      if (connection.timeout === this.#reportMs) connection.setTimeout(timeout)
    }
    connection.once('drain', stop) // without `drain`, the next `#check` would notice too late that no bytes wait
    this.#watched.set(connection, {isStalled: false, stalledChecks: 0, stop})
    connection.setTimeout(this.#reportMs)
  }

  #checkProgress(connection: Socket, watch: Watch): void {
    watch.stalledChecks = watch.isStalled ? watch.stalledChecks + 1 : 0
    watch.isStalled = false
    if (watch.stalledChecks >= checksPerTimeout) connection.destroy()
    else connection.setTimeout(this.#reportMs)
  }
}
