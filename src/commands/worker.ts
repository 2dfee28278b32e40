/** The connection of a worker to the primary process, which started the worker. */
import type {Worker} from 'node:cluster'
import type {Server, Socket} from 'node:net'
import type {MetricsAccess} from '../http/metrics.ts'
import type {RateLimits} from '../limits/rate-counts.ts'
import {type CountRequest, type CountResponse, SharedRateCounts} from '../limits/shared-rate-counts.ts'
import {type CountsRequest, type CountsResponse, SharedStreamCounts} from '../live/shared-stream-counts.ts'
import type {OrganizationStreams} from '../live/stream-counts.ts'
import type {MetricValues} from '../metrics/exposition.ts'
import {PendingAnswers} from './pending-answers.ts'
import type {Listener} from './serve.ts'

/** A message from a worker to the primary process. */
export type WorkerMessage =
  /** The worker can receive connections. */
  | {kind: 'ready'}
  /** The worker has received the connection that was sent to the worker. `isFull`: the worker has reached its limit. */
  | {kind: 'received'; isFull: boolean}
  /** The worker was full and can receive connections again. */
  | {kind: 'free'}
  /** The worker receives no more connections. */
  | {kind: 'stopping'}
  | {kind: 'streams'; request: CountsRequest}
  | {kind: 'rates'; request: CountRequest}
  /** The metrics of the worker, as a response to `read-metrics`. */
  | {kind: 'metrics'; id: number; metrics: MetricValues[]}
  /** A scrape has reached the worker, and needs the metrics of all workers. */
  | {kind: 'all-metrics'; id: number}
  /** A request has reached the worker, and needs the streams of all workers. */
  | {kind: 'organizations'; id: number}
  /** The reason why the worker exits. */
  | {kind: 'failed'; reason: string}

/** A message from the primary process to a worker. */
export type PrimaryMessage =
  /** Node sends the handle of a connection with this message. */
  | {kind: 'connection'}
  | {kind: 'streams'; response: CountsResponse}
  | {kind: 'rates'; response: CountResponse}
  | {kind: 'read-metrics'; id: number}
  /** The metrics of all workers as text, as a response to `all-metrics`. */
  | {kind: 'all-metrics'; id: number; text: string}
  | {kind: 'organizations'; id: number; organizations: OrganizationStreams[]}
  /** The server will stop soon. */
  | {kind: 'stop-announced'}

export class PrimaryConnection {
  /** Counts the streams of this worker together with the streams of the other workers. */
  readonly permits: SharedStreamCounts
  /** Undefined until `shareRates` is called. */
  #rates: SharedRateCounts | undefined
  /** Resolves when the primary process has ended. This worker then receives no more connections. */
  readonly ended: Promise<void>
  /** Resolves when the server will stop soon. */
  readonly stopAnnounced: Promise<void>
  readonly #worker: Worker
  #onConnection: (connection: Socket) => void = connection => connection.destroy()
  #onStopAnnounced = () => {}
  /** Undefined until `shareMetrics` is called. */
  #readMetrics: (() => Promise<MetricValues[]>) | undefined
  readonly #scrapes = new PendingAnswers<string>()
  readonly #listings = new PendingAnswers<OrganizationStreams[]>()

  constructor(worker: Worker) {
    this.#worker = worker
    this.permits = new SharedStreamCounts({send: request => void this.#send({kind: 'streams', request})})
    worker.on('message', (message: PrimaryMessage, connection?: Socket) => {
      if (message.kind === 'streams') this.permits.receive(message.response)
      else if (message.kind === 'rates') this.#rates?.receive(message.response)
      else if (message.kind === 'stop-announced') this.#onStopAnnounced()
      else if (message.kind === 'read-metrics') void this.#sendMetrics(message.id)
      else if (message.kind === 'all-metrics') this.#scrapes.resolve(message.id, message.text)
      else if (message.kind === 'organizations') this.#listings.resolve(message.id, message.organizations)
      else if (connection) this.#onConnection(connection)
    })
    this.stopAnnounced = new Promise(resolve => {
      this.#onStopAnnounced = resolve
    })
    this.ended = new Promise(resolve => {
      worker.once('disconnect', () => {
        // Without this line, Node would exit immediately, and the streams would end without `stream.drain`.
        worker.exitedAfterDisconnect = true
        this.permits.close()
        this.#rates?.close()
        this.#scrapes.rejectAll(new Error('The primary process has ended.'))
        this.#listings.rejectAll(new Error('The primary process has ended.'))
        resolve()
      })
    })
  }

  /** Returns the counts that this worker shares with the other workers. */
  shareRates(limits: RateLimits): SharedRateCounts {
    this.#rates = new SharedRateCounts({limits, send: request => void this.#send({kind: 'rates', request})})
    return this.#rates
  }

  /**
   * The primary process can read the metrics of this worker with `readOwn`. Returns functions that read the metrics and
   * the streams of all workers. These functions reject when the primary process has ended.
   */
  shareMetrics(readOwn: () => Promise<MetricValues[]>): Pick<MetricsAccess, 'read' | 'listOrganizations'> {
    this.#readMetrics = readOwn
    return {
      read: () => this.#scrapes.ask(id => void this.#send({kind: 'all-metrics', id})),
      listOrganizations: () => this.#listings.ask(id => void this.#send({kind: 'organizations', id})),
    }
  }

  async #sendMetrics(id: number): Promise<void> {
    await this.#send({kind: 'metrics', id, metrics: (await this.#readMetrics?.()) ?? []})
  }

  /** The number of the worker. A worker that replaces another worker has a new number. */
  get workerId(): number {
    return this.#worker.id
  }

  /** Receives the connections that the primary process sends, and passes these connections to `server`. */
  listen(server: Server): Listener {
    const open = new Set<Socket>()
    let isClosed = false
    let onEnded: () => void
    const ended = new Promise<void>(resolve => {
      onEnded = resolve
    })
    this.#onConnection = connection => {
      // This message is sent before this process reads from the connection, so that the primary process receives the
      // message even if this process ends immediately after the read.
      void this.#send({kind: 'received', isFull: open.size + 1 >= server.maxConnections})
      if (open.size >= server.maxConnections) {
        connection.destroy()
        server.emit('drop')
        return
      }
      connection.setNoDelay()
      connection.allowHalfOpen = true
      open.add(connection)
      connection.once('close', () => {
        open.delete(connection)
        if (!isClosed && open.size + 1 === server.maxConnections) void this.#send({kind: 'free'})
        if (isClosed && open.size === 0) onEnded()
      })
      server.emit('connection', connection)
    }
    // At the event `listening`, Node's HTTP server starts to track its connections. Without this event, the server
    // would not close idle connections, and would not close connections that exceed a timeout.
    server.emit('listening')
    return {
      close: async () => {
        isClosed = true
        // This worker destroys each connection that arrives after the message below. The primary process has a copy of
        // the connection, and hands the copy to another worker.
        this.#onConnection = connection => connection.destroy()
        void this.#send({kind: 'stopping'})
        if (open.size === 0) onEnded()
        await ended
      },
    }
  }

  /** Reports that this worker can receive connections. */
  reportReady(): void {
    void this.#send({kind: 'ready'})
  }

  /** Reports why this worker exits. Resolves when the report has been sent or cannot be sent. */
  reportFailure(reason: string): Promise<void> {
    return this.#send({kind: 'failed', reason})
  }

  /** Resolves when the message has been sent, or cannot be sent because the primary process has ended. */
  #send(message: WorkerMessage): Promise<void> {
    return new Promise(resolve => {
      if (this.#worker.isConnected()) this.#worker.send(message, () => resolve())
      else resolve()
    })
  }
}
