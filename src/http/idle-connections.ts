/**
 * Closes connections on which no request arrives. Node's `keepAliveTimeout` starts again with every byte, even if the
 * byte belongs to no request. A client that sends only empty lines could therefore keep a connection open without a
 * request.
 */

interface Connection {
  readonly destroyed: boolean
  destroy(): void
}

const checksPerTimeout = 20

export class IdleConnections<T extends Connection> {
  readonly #timeoutMs: number
  readonly #isHandling: (connection: T) => boolean
  /** The connections without a request in progress, and the time of their last response. */
  readonly #idleSince = new Map<T, number>()
  #timer: NodeJS.Timeout | undefined

  /**
   * @param timeoutMs milliseconds after which an idle connection is closed
   * @param isHandling returns whether a request of the connection is in progress
   */
  constructor(timeoutMs: number, isHandling: (connection: T) => boolean) {
    this.#timeoutMs = timeoutMs
    this.#isHandling = isHandling
  }

  /** Must be called when the response to the last request of the connection is complete. */
  add(connection: T): void {
    this.#idleSince.set(connection, performance.now())
    this.#timer ??= setInterval(() => this.#check(), this.#timeoutMs / checksPerTimeout).unref()
  }

  #check(): void {
    const latest = performance.now() - this.#timeoutMs
    for (const [connection, since] of this.#idleSince) {
      const isIdle = !connection.destroyed && !this.#isHandling(connection)
      if (isIdle && since > latest) continue
      this.#idleSince.delete(connection)
      if (isIdle) connection.destroy()
    }
    if (this.#idleSince.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
