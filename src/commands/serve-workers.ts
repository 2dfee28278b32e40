/**
 * `boardcast serve` with several workers. The primary process starts the workers, hands them the connections, counts
 * their streams, replaces workers that end, and stops the workers. The primary process does not use the database.
 */
import {setTimeout as delay} from 'node:timers/promises'
import type {Logger} from 'pino'
import type {Config} from '../config.ts'
import {maxListedOrganizations} from '../http/metrics.ts'
import {BurstLimits} from '../limits/burst-limits.ts'
import {LimiterCounts} from '../limits/rate-counts.ts'
import {StreamCounts} from '../live/stream-counts.ts'
import {LabeledCounts} from '../metrics/labeled.ts'
import {WorkerMetrics} from '../metrics/worker-metrics.ts'
import {CommandError} from './command-error.ts'
import {ConnectionDistributor} from './connection-distributor.ts'
import {reportRefusals} from './connection-limits.ts'
import {urlOf} from './listen.ts'
import {type MetricsPort, openMetricsPort} from './metrics-port.ts'
import {RestartDelay} from './restart-delay.ts'
import {connectionsRefused} from './server-metrics.ts'
import {explainEnd, StartedWorker} from './started-worker.ts'

export interface RunningWorkers {
  /**
   * Resolves with the address of the server when all workers are ready. Rejects with CommandError when the address is
   * unavailable, or when a worker ends before the worker is ready. Before the promise rejects, all workers are stopped.
   */
  listening: Promise<string>
  /** Makes `/readyz` fail. The workers continue to accept requests. */
  announceStop(): void
  /** Stops all workers, and waits until they have ended. Throws CommandError when a worker failed to stop. */
  stop(): Promise<void>
}

export function startWorkers(config: Config, log: Logger): RunningWorkers {
  const counts = new StreamCounts(config)
  const rates = new BurstLimits(new LimiterCounts(config.rateLimits))
  const refusedConnections = new LabeledCounts(['limit'])
  const report = reportRefusals(log, refusedConnections)
  const connections = new ConnectionDistributor({onRefused: () => report('open-files')})
  const metrics = new WorkerMetrics({own: [connectionsRefused(refusedConnections)]})
  const running = new Set<StartedWorker>()
  const stopping = new AbortController()
  let isStopAnnounced = false
  let metricsPort: MetricsPort | undefined
  return {listening: startAll(), announceStop, stop}

  async function startAll(): Promise<string> {
    try {
      // The first worker migrates the database. The other workers start later. If no worker can start, the reason is
      // therefore reported only once.
      const first = start()
      await untilReady(first)
      const served = {
        read: () => metrics.read(),
        listOrganizations: async () => counts.topOrganizations(maxListedOrganizations),
      }
      metricsPort = await openMetricsPort(config, served, rates, log)
      if (metricsPort) log.info({url: metricsPort.url}, 'serving metrics')
      const port = await connections.listen(config)
      if (stopping.signal.aborted) throw new CommandError('The server was stopped during its start.')
      const others = Array.from({length: config.workers - 1}, start)
      await Promise.all(others.map(untilReady))
      for (const worker of [first, ...others]) void replaceWhenEnded(worker)
      return urlOf(config, port)
    } catch (error) {
      await stop().catch(() => {}) // only the first failure is reported
      throw error
    }
  }

  function start(): StartedWorker {
    const worker = new StartedWorker({counts, rates, connections, metrics, log})
    running.add(worker)
    if (isStopAnnounced) worker.announceStop()
    void worker.ended.then(() => running.delete(worker))
    return worker
  }

  /**
   * Replaces the worker when the worker ends, and then replaces each new worker in the same way, until the server
   * stops.
   */
  async function replaceWhenEnded(first: StartedWorker): Promise<void> {
    const restartDelay = new RestartDelay()
    for (let worker = first; ; worker = start()) {
      const end = await worker.ended
      if (stopping.signal.aborted) return
      const delay_ms = restartDelay.next(performance.now() - worker.startedAt)
      const level = end.code === 0 ? 'info' : 'error'
      log[level]({worker: worker.id, ...end, delay_ms}, 'a worker has ended and will be replaced')
      await delay(delay_ms, undefined, {signal: stopping.signal}).catch(() => {})
      if (stopping.signal.aborted) return
    }
  }

  function announceStop(): void {
    isStopAnnounced = true
    for (const worker of running) worker.announceStop()
  }

  async function stop(): Promise<void> {
    stopping.abort()
    // The server stops listening first, so that clients that lose their connections cannot connect again to a worker
    // that stops.
    await connections.close()
    const stopped = [...running]
    for (const worker of stopped) worker.stop()
    await metricsPort?.close()
    const ends = await Promise.all(stopped.map(async ({id, ended}) => ({id, end: await ended})))
    const failed = ends.find(({end}) => end.code)
    if (failed) throw new CommandError(explainEnd(failed.id, failed.end))
  }
}

/** Resolves when the worker is ready. Rejects when the worker ends before the worker is ready. */
async function untilReady(worker: StartedWorker): Promise<void> {
  const ended = worker.ended.then(end => {
    throw new CommandError(explainEnd(worker.id, end))
  })
  await Promise.race([worker.ready, ended])
}
