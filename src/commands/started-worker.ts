/** A worker that the primary process has started. */
import cluster, {type Worker} from 'node:cluster'
import type {Socket} from 'node:net'
import type {Logger} from 'pino'
import {maxListedOrganizations} from '../http/metrics.ts'
import type {RateCounts} from '../limits/rate-counts.ts'
import {answerCountRequest} from '../limits/shared-rate-counts.ts'
import {type CountsRequest, WorkerStreams} from '../live/shared-stream-counts.ts'
import type {StreamCounts} from '../live/stream-counts.ts'
import type {MetricValues} from '../metrics/exposition.ts'
import type {MetricsSource, WorkerMetrics} from '../metrics/worker-metrics.ts'
import type {ConnectionDistributor, ConnectionReceiver} from './connection-distributor.ts'
import {PendingAnswers} from './pending-answers.ts'
import type {PrimaryMessage, WorkerMessage} from './worker.ts'

/** How a worker ended. */
export interface WorkerEnd {
  /** Null when a signal ended the worker, or when the worker could not be started. */
  code: number | null
  signal: string | null
  /** Why the worker ended, or why the worker could not be started. Undefined when the reason is unknown. */
  reason?: string
}

export interface StartedWorkerOptions {
  /** Counts the streams of all workers. */
  counts: StreamCounts
  /** The counts of the rate limits, for all workers together. */
  rates: RateCounts
  /** Hands connections to the worker while the worker can receive them. */
  connections: ConnectionDistributor
  /** Adds up the metrics of all workers. */
  metrics: WorkerMetrics
  log: Logger
}

export class StartedWorker implements ConnectionReceiver, MetricsSource {
  readonly startedAt = performance.now()
  /** Resolves when the worker can receive connections. */
  readonly ready: Promise<void>
  /** Resolves when the worker has ended and all its messages have been processed. */
  readonly ended: Promise<WorkerEnd>
  readonly #worker: Worker
  readonly #options: StartedWorkerOptions
  readonly #streams: WorkerStreams
  #onReady = () => {}
  #reason: string | undefined
  #isStopAnnounced = false
  readonly #metrics = new PendingAnswers<MetricValues[]>()

  /** Starts the process. */
  constructor(options: StartedWorkerOptions) {
    this.#options = options
    this.#streams = new WorkerStreams(options.counts)
    options.metrics.add(this)
    this.#worker = cluster.fork()
    this.#worker.on('message', (message: WorkerMessage) => this.#receive(message))
    this.ready = new Promise(resolve => {
      this.#onReady = resolve
    })
    this.ended = new Promise(resolve => this.#watchForEnd(resolve))
  }

  get id(): number {
    return this.#worker.id
  }

  receive(connection: Socket): void {
    // With `keepOpen`, this process has its own copy of the connection. If the worker ends before it has received the
    // connection, another worker gets this copy.
    this.#send({kind: 'connection'}, connection, {keepOpen: true})
  }

  /** Makes the worker's `/readyz` fail. */
  announceStop(): void {
    this.#isStopAnnounced = true
    this.#send({kind: 'stop-announced'})
  }

  readMetrics(): Promise<MetricValues[]> {
    return this.#metrics.ask(id => this.#send({kind: 'read-metrics', id}))
  }

  /** Asks the worker to stop. */
  stop(): void {
    kill(this.#worker, 'SIGTERM')
  }

  #receive(message: WorkerMessage): void {
    const {connections} = this.#options
    switch (message.kind) {
      case 'ready':
        // If the stop was announced before the worker was ready, the worker did not receive the announcement. The
        // announcement is therefore sent again.
        if (this.#isStopAnnounced) this.announceStop()
        connections.add(this)
        this.#onReady()
        break
      case 'received':
        connections.received(this, message.isFull)
        break
      case 'free':
        connections.add(this)
        break
      case 'stopping':
        connections.remove(this)
        break
      case 'streams':
        this.#respond(message.request)
        break
      case 'rates':
        void answerCountRequest(this.#options.rates, message.request).then(response =>
          this.#send({kind: 'rates', response}),
        )
        break
      case 'metrics':
        this.#metrics.resolve(message.id, message.metrics)
        break
      case 'all-metrics':
        void this.#options.metrics
          .read()
          .then(text => this.#send({kind: 'all-metrics', id: message.id, text}))
        break
      case 'organizations': {
        const organizations = this.#options.counts.topOrganizations(maxListedOrganizations)
        this.#send({kind: 'organizations', id: message.id, organizations})
        break
      }
      case 'failed':
        this.#reason = message.reason
    }
  }

  #respond(request: CountsRequest): void {
    const response = this.#streams.handle(request)
    if (response) this.#send({kind: 'streams', response})
  }

  #send(message: PrimaryMessage, connection?: Socket, options?: {keepOpen: boolean}): void {
    // The callback ignores errors of `send`. An error means that the worker has ended, and the listener of `exit`
    // handles this end.
    if (this.#worker.isConnected()) this.#worker.send(message, connection, options, () => {})
  }

  #watchForEnd(onEnd: (end: WorkerEnd) => void): void {
    const worker = this.#worker
    const {process: child} = worker
    const end = (end: WorkerEnd) => {
      this.#options.connections.remove(this)
      this.#streams.releaseAll()
      this.#metrics.rejectAll(new Error('The worker has ended.'))
      this.#options.metrics.remove(this)
      onEnd({...end, ...(this.#reason !== undefined && {reason: this.#reason})})
    }
    worker.on('error', err => {
      this.#options.log.warn(
        {worker: worker.id, err},
        'a worker could not be started, or received no message',
      )
      if (child.pid === undefined) end({code: null, signal: null, reason: err.message})
    })
    worker.once('exit', (code, signal) => {
      // Messages of the worker can arrive after `exit`, but not after `disconnect`.
      if (worker.isConnected()) worker.once('disconnect', () => end({code, signal}))
      else end({code, signal})
    })
  }
}

/** Returns one sentence that explains how the worker ended. */
export function explainEnd(id: number, {code, signal, reason}: WorkerEnd): string {
  return reason ?? `Worker ${id} ended: ${signal ?? `exit code ${code}`}.`
}

/** Ends all workers immediately, even workers that do not respond. */
export function killWorkers(): void {
  for (const worker of Object.values(cluster.workers ?? {})) kill(worker!, 'SIGKILL')
}

function kill({process: child}: Worker, signal: NodeJS.Signals): void {
  child.kill(signal)
}
