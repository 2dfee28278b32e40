/**
 * Accepts the connections of a server with workers, and hands them to the workers in turn.
 *
 * The scheduler of `node:cluster` is not used. If a worker is killed while the scheduler of `node:cluster` hands a
 * connection to the worker, the scheduler never closes the connection, and the client waits forever. When the server stops, the scheduler
 * resets the connections that were accepted after the workers stopped listening.
 */
import {createServer, type Socket} from 'node:net'
import type {Config} from '../config.ts'
import {listen} from './listen.ts'

/** A worker that accepts connections. */
export interface ConnectionReceiver {
  /**
   * Sends the connection to the worker. Before the worker reads from the connection, the worker confirms that it has
   * received the connection. When this confirmation arrives, call `ConnectionDistributor.received`.
   */
  receive(connection: Socket): void
}

export interface ConnectionDistributorOptions {
  /**
   * A worker must receive each connection within this number of milliseconds after the connection was sent. Otherwise,
   * this process closes its copy of the connection, and hands the next connection to the worker. For example, a worker
   * that has reached its limit of open files cannot receive a connection. Default 5,000.
   */
  receiptTimeoutMs?: number
  /** Called for each connection that is closed because every worker has reached its limit. Default: not called. */
  onRefused?: () => void
}

// While no worker can receive connections, at most this number of connections wait. More connections are closed.
const maxWaiting = 4096
const handOverTimeoutMs = 1_000 // when the server stops, the maximum time to hand over the accepted connections

export class ConnectionDistributor {
  // Only the workers read from the connections. This process never reads from a connection.
  readonly #server = createServer({pauseOnConnect: true}, connection => this.#accept(connection))
  /** The workers that can receive a connection. The next connection is handed to the first worker. */
  readonly #free = new Set<ConnectionReceiver>()
  /** The workers that have reached their limit of open connections. */
  readonly #full = new Set<ConnectionReceiver>()
  /**
   * The connections that were sent, but that the workers have not received yet. Each worker has at most one such
   * connection.
   */
  readonly #sent = new Map<ConnectionReceiver, Socket>()
  /** The connections that wait for a free worker, oldest first. */
  readonly #waiting: Socket[] = []
  #onHandedOver = () => {}
  #isClosed = false
  readonly #receiptTimeoutMs: number
  readonly #onRefused: () => void

  constructor({receiptTimeoutMs = 5_000, onRefused = () => {}}: ConnectionDistributorOptions = {}) {
    this.#receiptTimeoutMs = receiptTimeoutMs
    this.#onRefused = onRefused
  }

  /** Resolves with the port. Throws CommandError when the address is unavailable. */
  listen(address: Pick<Config, 'host' | 'port'>): Promise<number> {
    return listen(this.#server, address)
  }

  /** Hands connections to this worker from now on. */
  add(worker: ConnectionReceiver): void {
    this.#full.delete(worker)
    this.#free.add(worker)
    this.#handOver()
  }

  /**
   * Closes this process's copy of the connection that was sent to the worker, and hands connections to the worker
   * again. Call this method when the worker has received the connection. A worker that is full gets no further
   * connection until `add` is called.
   */
  received(worker: ConnectionReceiver, isFull = false): void {
    this.#sent.get(worker)?.destroy()
    this.#sent.delete(worker)
    if (isFull) {
      this.#full.add(worker)
      this.#handOver()
    } else this.add(worker)
  }

  /**
   * Hands no more connections to the worker. If a connection was sent to the worker and the worker has not received the
   * connection, another worker gets the connection. Call this method when the worker has ended, or when the worker
   * accepts no more connections.
   */
  remove(worker: ConnectionReceiver): void {
    const connection = this.#sent.get(worker)
    this.#sent.delete(worker)
    this.#free.delete(worker)
    this.#full.delete(worker)
    if (connection) this.#waiting.unshift(connection)
    this.#handOver()
  }

  /**
   * Accepts no more connections. Resolves when the workers have received all accepted connections. If the workers need
   * longer than `handOverTimeoutMs`, closes all waiting connections and resolves.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#server.close()
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, handOverTimeoutMs)
      this.#onHandedOver = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#handOver()
    })
    this.#isClosed = true
    this.#handOver()
  }

  /**
   * Closes this process's copy of a connection that the worker has not confirmed in time. If the worker is only slow
   * and has received the connection, the worker's copy stays open.
   */
  #abandon(worker: ConnectionReceiver, connection: Socket): void {
    if (this.#sent.get(worker) === connection) this.received(worker)
  }

  #accept(connection: Socket): void {
    connection.on('error', () => {}) // the worker that receives the connection also receives the error
    if (this.#waiting.length >= maxWaiting) connection.destroy()
    else this.#waiting.push(connection)
    this.#handOver()
  }

  #handOver(): void {
    if (this.#isClosed) {
      for (const connection of this.#waiting.splice(0)) connection.destroy()
      return
    }
    const areAllFull = this.#full.size > 0 && this.#free.size === 0 && this.#sent.size === 0
    if (areAllFull) this.#refuseWaiting()
    for (const worker of this.#free) {
      const connection = this.#waiting.shift()
      if (!connection) break
      this.#free.delete(worker)
      this.#sent.set(worker, connection)
      worker.receive(connection)
      const timer = setTimeout(() => this.#abandon(worker, connection), this.#receiptTimeoutMs)
      connection.once('close', () => clearTimeout(timer))
    }
    if (this.#waiting.length === 0 && this.#sent.size === 0) this.#onHandedOver()
  }

  #refuseWaiting(): void {
    for (const connection of this.#waiting.splice(0)) {
      connection.destroy()
      this.#onRefused()
    }
  }
}
