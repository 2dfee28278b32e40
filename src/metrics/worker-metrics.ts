/** Adds up the metrics of the workers of a server. Used in the primary process. */
import {setTimeout as delay} from 'node:timers/promises'
import {AggregatorRegistry} from 'prom-client'
import {formatMetrics, type Metric, type MetricValues, readMetrics} from './exposition.ts'

/** A worker that can be asked for its metrics. */
export interface MetricsSource {
  /** Rejects, or never resolves, when the worker does not respond. */
  readMetrics(): Promise<MetricValues[]>
}

export interface WorkerMetricsOptions {
  /** The metrics of the primary process itself. Default: none. */
  own?: readonly Metric[]
  /** Milliseconds to wait for the response of a worker. Default 2,000. */
  timeoutMs?: number
}

/**
 * A worker that does not respond in time counts with the values of its last response. A worker that has ended also
 * counts with its last counters. Otherwise, the sums would fall, and Prometheus would treat the fall as a restart of
 * the whole server, and count all earlier events again.
 */
export class WorkerMetrics {
  readonly #own: readonly Metric[]
  readonly #timeoutMs: number
  /** The last response of each running worker. */
  readonly #last = new Map<MetricsSource, MetricValues[]>()
  /** The counters of all workers that have ended. */
  #ended: MetricValues[] = []
  #reading: Promise<string> | undefined
  #silent = 0

  constructor({own = [], timeoutMs = 2_000}: WorkerMetricsOptions = {}) {
    this.#own = own
    this.#timeoutMs = timeoutMs
  }

  add(worker: MetricsSource): void {
    this.#last.set(worker, [])
  }

  /** Must be called when the worker has ended. */
  remove(worker: MetricsSource): void {
    const counters = (this.#last.get(worker) ?? []).filter(
      ({type}) => type === 'counter' || type === 'histogram',
    )
    this.#last.delete(worker)
    this.#ended = sumOf([this.#ended, counters])
  }

  /** Returns the metrics of the server in the text format of Prometheus. Calls at the same time share one reading. */
  read(): Promise<string> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<string> {
    const answers = await Promise.all([...this.#last.keys()].map(worker => this.#readWorker(worker)))
    this.#silent = answers.filter(answered => !answered).length
    // The values are read after all responses, because a worker may have ended in the meantime.
    const workers = readMetrics([
      {name: 'boardcast_workers', type: 'gauge', help: 'Running workers', read: () => this.#last.size},
      {
        name: 'boardcast_workers_silent',
        type: 'gauge',
        help: 'Workers that did not respond to this scrape in time; their last values are included',
        read: () => this.#silent,
      },
      ...this.#own,
    ])
    return formatMetrics([workers, ...this.#last.values(), this.#ended])
  }

  /** Returns whether the worker has responded in time. */
  async #readWorker(worker: MetricsSource): Promise<boolean> {
    const timeout = new AbortController()
    try {
      const values = await Promise.race([
        worker.readMetrics(),
        delay(this.#timeoutMs, undefined, {signal: timeout.signal}),
      ])
      if (values && this.#last.has(worker)) this.#last.set(worker, values)
      return values !== undefined
    } catch {
      return false
    } finally {
      timeout.abort()
    }
  }
}

function sumOf(ofProcesses: MetricValues[][]): MetricValues[] {
  const sums = AggregatorRegistry.aggregate(ofProcesses).getMetricsAsArray()
  return sums as unknown as MetricValues[]
}
