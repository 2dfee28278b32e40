/** Limits all open connections of the server, and the open connections of each address. */
import type {Server} from 'node:net'
import type {Logger} from 'pino'
import type {Config} from '../config.ts'
import {limitConnections} from '../limits/connection-limit.ts'
import type {LabeledCounts} from '../metrics/labeled.ts'

// Open files for the bus, Redis, requests to the issuer, the log and the files of the embedded database.
const reservedFiles = 64
const reportIntervalMs = 60_000 // the minimum time between two reports of refused connections

/**
 * Returns how many connections the limit of open files permits. The remaining open files are reserved, so that the
 * server can always connect to the database again.
 */
export function maxConnectionsOf({store}: Pick<Config, 'store'>, maxOpenFiles: number): number {
  const reserved = reservedFiles + (store.kind === 'postgres' ? store.poolSize : 0)
  return Math.max(maxOpenFiles - reserved, Math.floor(maxOpenFiles / 2))
}

export function limitConnectionsOf(
  server: Server,
  config: Config,
  maxOpenFiles: number | undefined,
  log: Logger,
  refused: LabeledCounts,
): void {
  const {maxConnectionsPerAddress, trustProxy} = config
  const report = reportRefusals(log, refused)
  if (maxOpenFiles !== undefined) {
    server.maxConnections = maxConnectionsOf(config, maxOpenFiles)
    server.on('drop', () => report('open-files'))
  }
  if (maxConnectionsPerAddress === 0 || trustProxy > 0) return
  limitConnections(server, {
    // The limit is not divided by the number of workers, because one worker may have more connections of an address
    // than another worker.
    maxPerAddress: maxConnectionsPerAddress,
    onRefused: address => report('MAX_CONNECTIONS_PER_ADDRESS', address),
  })
}

/** Logs a warning when MAX_STREAMS is higher than the number of streams that the limit of open files permits. */
export function warnAboutOpenFiles(config: Config, maxOpenFiles: number | undefined, log: Logger): void {
  if (maxOpenFiles === undefined) return
  const permitted = config.workers * maxConnectionsOf(config, maxOpenFiles)
  if (config.maxStreams <= permitted) return
  log.warn(
    {max_streams: config.maxStreams, max_open_files: maxOpenFiles, max_connections: permitted},
    'the limit of open files permits fewer connections than MAX_STREAMS; raise the limit (ulimit -n, LimitNOFILE)',
  )
}

/**
 * Counts the refused connections by the limit. Logs the first refused connection immediately. Logs the number of
 * further refused connections at the end of each interval.
 */
export function reportRefusals(
  log: Logger,
  counts: LabeledCounts,
): (limit: string, address?: string) => void {
  let refused = 0
  return (limit, address) => {
    counts.add([limit])
    if (refused++ > 0) return
    log.warn({limit, ...(address && {address})}, 'a connection was refused, because a limit is reached')
    setTimeout(() => {
      if (refused > 1) log.warn({connections: refused - 1}, 'further connections were refused')
      refused = 0
    }, reportIntervalMs).unref()
  }
}
