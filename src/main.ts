#!/usr/bin/env node
/** Runs the commands of the process, and handles its signals, errors and exit codes. */
import cluster from 'node:cluster'
import {readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {type Logger, pino} from 'pino'
import {Problem} from './board/problem.ts'
import {CommandError} from './commands/command-error.ts'
import {help, parseCommandLine, UsageError} from './commands/command-line.ts'
import {warnAboutOpenFiles} from './commands/connection-limits.ts'
import {reportDroppedLines} from './commands/dropped-lines.ts'
import {writeLastLines} from './commands/last-lines.ts'
import {startNewEpoch} from './commands/new-epoch.ts'
import {formatLine} from './commands/pretty-log.ts'
import {limitRepeatedLines} from './commands/repeated-lines.ts'
import type {ServeOptions} from './commands/serve.ts'
import type {Tracing} from './commands/start-tracing.ts'
import {killWorkers} from './commands/started-worker.ts'
import {mintTokenFor} from './commands/token.ts'
import {PrimaryConnection} from './commands/worker.ts'
import {
  type Config,
  ConfigError,
  readBusConfig,
  readConfig,
  readCredential,
  readQuotas,
  readStoreConfig,
} from './config.ts'
import {redactAll} from './http/redact.ts'
import {BackupError} from './store/backup-file.ts'
import {type Database, openStore} from './store/connection.ts'
import {explainConnectionError} from './store/errors.ts'
import {FolderLockedError} from './store/folder-lock.ts'
import {migrate, SchemaError} from './store/migrate.ts'

// After a signal, the process exits at the latest after the drain delay, plus the drain time, plus `stopTimeoutMs`.
// Even if the process exits before all work has ended, no committed event is lost.
const stopTimeoutMs = 5_000
const repeatedSignalMs = 500 // under npm, one Ctrl-C sends two signals: one from the terminal and one from npm
// Log lines are written in batches, because writing each line separately took 4 % of the time of a change. `exit`
// writes the remaining lines. When the program that reads the log is too slow, at most `maxLength` bytes wait, and pino
// drops further lines. The server therefore never waits for the program that reads the log.
const logBuffer = {sync: false, minLength: 4096, periodicFlush: 100, maxLength: 16 * 1024 * 1024}
// All workers write to the same output. Because of `maxWrite`, a worker writes at most 4096 bytes at once. The system
// writes up to 4096 bytes to a pipe as one piece, so that lines of different workers are not mixed.
const workerLogBuffer = {...logBuffer, minLength: 2048, maxWrite: 4096}
const flushTimeoutMs = 1_000 // the time for writing the last log lines before the process exits
const undefinedTable = '42P01' // a Postgres error code

// The reader of the output may close the output early, for example `head` in `boardcast --help | head -1`.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

/** Undefined in commands that do not write a log. */
let logOutput: ReturnType<typeof pino.destination> | undefined

/** Returns the number of log lines that were dropped. */
let logLinesDropped = () => 0

/** Undefined when this process is not a worker. */
const primary = cluster.worker ? new PrimaryConnection(cluster.worker) : undefined

try {
  await runCommand()
} catch (error) {
  const message = explain(error)
  if (primary) await primary.reportFailure(message ?? (error as Error).stack ?? String(error))
  else if (message === undefined) throw error
  else console.error(message)
  exit(error instanceof UsageError ? 2 : 1)
}

// The modules of a server take most of the time of a start. Each command therefore imports only what the command needs.
async function runCommand(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.name) {
    case 'serve':
      return runServer(command.workers)
    case 'migrate':
      return withStore(async db => {
        const applied = await migrate(db)
        console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is up to date.')
      })
    case 'doctor': {
      const {diagnose} = await import('./commands/doctor.ts')
      const {formatFindings} = await import('./commands/findings.ts')
      const findings = await diagnose(readConfig(process.env))
      console.log(formatFindings(findings))
      process.exitCode = findings.every(({isOk}) => isOk) ? 0 : 1
      return
    }
    case 'doctor url':
      return runDeploymentChecks(command.url, command.holdSeconds)
    case 'token':
      return console.log(await mintTokenFor(readConfig(process.env), command.request))
    case 'api-key create': {
      const {createKey} = await import('./commands/api-key.ts')
      return withStore(async db => {
        const {key, note} = await createKey(db, command, readQuotas(process.env))
        console.log(key)
        console.error(note)
      })
    }
    case 'api-key list': {
      const {listKeys} = await import('./commands/api-key.ts')
      return withStore(async db => console.log((await listKeys(db, command.organization)).join('\n')))
    }
    case 'api-key revoke': {
      const {revokeKey} = await import('./commands/api-key.ts')
      return withStore(async db => console.log(await revokeKey(db, command.id, readBusConfig(process.env))))
    }
    case 'new-epoch':
      return withStore(async db => console.log(await startNewEpoch(db, command.organization)))
    case 'stats': {
      const {describeOrganizations} = await import('./commands/stats.ts')
      const {METRICS_TOKEN: token} = process.env
      return withStore(async db => console.log(await describeOrganizations(db, command.request, token)))
    }
    case 'backup': {
      const {writeBackup} = await import('./commands/backup.ts')
      return withStore(async db => console.log(await writeBackup(db, command.path)))
    }
    case 'restore': {
      const {restoreBackup} = await import('./commands/backup.ts')
      return withStore(async db => console.log(await restoreBackup(db, command.path, command)))
    }
    case 'help':
      return console.log(help)
    case 'version':
      return console.log(await readVersion())
  }
}

/** Prints each finding as soon as its check has ended. On a terminal, also prints the progress of the longest check. */
async function runDeploymentChecks(url: URL, holdSeconds: number | undefined): Promise<void> {
  const {checkDeployment, subjectWidth} = await import('./commands/check-deployment.ts')
  const {formatFinding} = await import('./commands/findings.ts')
  const isTerminal = process.stderr.isTTY
  const deployment = {url, credential: readCredential(process.env)}
  const onProgress = (held: number, hold: number) =>
    process.stderr.write(`\r\x1b[KThe idle stream is open: ${held} of ${hold} s`)
  process.exitCode = 0
  for await (const finding of checkDeployment(deployment, {
    ...(holdSeconds !== undefined && {holdSeconds}),
    ...(isTerminal && {onProgress}),
  })) {
    if (isTerminal) process.stderr.write('\r\x1b[K')
    console.log(formatFinding(finding, subjectWidth))
    if (!finding.isOk) process.exitCode = 1
  }
}

/** Runs the server until SIGTERM or SIGINT. `workers` replaces the setting WORKERS. */
async function runServer(workers: number | undefined): Promise<void> {
  const config = readConfig({...process.env, ...(workers !== undefined && {WORKERS: String(workers)})})
  const log = createLog(config)
  // Node also emits `uncaughtException` for unhandled promise rejections. After an uncaught exception, the state of the
  // process is unknown, so the process exits. A supervisor can restart the process.
  process.on('uncaughtException', err => {
    log.fatal({err}, 'uncaught exception')
    exit(1)
  })
  const stopRequested = stopRequest((config.drainDelaySeconds + config.drainSeconds) * 1_000 + stopTimeoutMs)
  const maxOpenFiles = readMaxOpenFiles()
  if (!primary) warnAboutOpenFiles(config, maxOpenFiles, log)
  if (config.workers > 1 && !primary) return runPrimary(config, log, stopRequested)
  const tracing = config.traces ? await startTraces(config) : undefined
  const {serve} = await import('./commands/serve.ts')
  const {url, metricsUrl, instructions, failed, announceStop, stop} = await serve(config, log, {
    maxOpenFiles,
    logLinesDropped,
    ...(primary && optionsOf(primary, config)),
  })
  if (primary) log.info('worker is ready')
  else log.info({url}, 'listening')
  if (metricsUrl) log.info({url: metricsUrl}, 'serving metrics')
  primary?.reportReady()
  if (instructions) log.flush(() => console.log(instructions)) // the log line with the address is printed first
  void primary?.stopAnnounced.then(announceStop)
  void failed.then(err => {
    log.fatal(
      {err},
      'the embedded database has stopped; free disk space if the disk is full, and start the server again',
    )
    exit(1)
  })
  log.info(await stopRequested, 'stopping')
  if (!primary) {
    announceStop()
    await delay(config.drainDelaySeconds * 1_000)
  }
  await stop()
  await tracing?.stop()
  log.info('stopped')
  exit(0)
}

async function startTraces({traceServiceName}: Config): Promise<Tracing> {
  const {startTracing} = await import('./commands/start-tracing.ts')
  return startTracing(traceServiceName)
}

/** Runs the workers until SIGTERM or SIGINT. The signal may also arrive during startup. */
async function runPrimary(config: Config, log: Logger, stopRequested: Promise<StopReason>): Promise<void> {
  const {startWorkers} = await import('./commands/serve-workers.ts')
  const workers = startWorkers(config, log)
  const url = await Promise.race([workers.listening, stopRequested.then(() => undefined)])
  if (url) log.info({url}, 'listening')
  log.info(await stopRequested, 'stopping')
  workers.announceStop()
  await delay(config.drainDelaySeconds * 1_000)
  await workers.stop()
  log.info('stopped')
  exit(0)
}

/**
 * Returns the limit of open files, which is a property of the process. Undefined when the limit is unknown or
 * unlimited.
 */
function readMaxOpenFiles(): number | undefined {
  const {userLimits} = process.report.getReport() as {
    userLimits?: {open_files?: {soft: number | 'unlimited'}}
  }
  const limit = userLimits?.open_files?.soft
  return typeof limit === 'number' ? limit : undefined
}

function optionsOf(primary: PrimaryConnection, {rateLimits}: Config): ServeOptions {
  return {
    permits: primary.permits,
    rates: primary.shareRates(rateLimits),
    shareMetrics: readOwn => primary.shareMetrics(readOwn),
    listener: server => primary.listen(server),
  }
}

function createLog({logLevel: level, logFormat}: Config): Logger {
  const output = pino.destination(primary ? workerLogBuffer : logBuffer)
  logOutput = output
  // At exit, pino calls `flushSync`. This method would never return when the program that reads the log has exited. So
  // `flushSync` does nothing here, and `exit` writes the remaining lines.
  output.flushSync = () => {}
  const isPretty = (logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty'
  const stream = isPretty
    ? {write: (line: string) => output.write(formatLine(line)), flush: output.flush.bind(output)}
    : output
  const options = {
    level,
    serializers: {err: (error: Error) => redactAll(pino.stdSerializers.err(error))},
    hooks: {logMethod: limitRepeatedLines()},
  }
  const root = pino(options, stream)
  const log = primary ? root.child({worker: primary.workerId}) : root
  logLinesDropped = reportDroppedLines(output, log)
  return log
}

type StopReason = {signal: NodeJS.Signals} | {reason: string}

/**
 * Resolves at the first SIGTERM or SIGINT, even during startup. A second signal ends the process immediately. If the
 * process has not stopped `timeoutMs` milliseconds after the first signal, the process ends with exit code 1. In a
 * worker, resolves at the first SIGTERM, or when the primary process has ended. A worker ignores every SIGINT. After a
 * worker has begun to stop, the worker also ignores further SIGTERM signals.
 */
function stopRequest(timeoutMs: number): Promise<StopReason> {
  return new Promise(resolve => {
    let requestedAt: number | undefined
    const requestStop = (reason: StopReason) => {
      if (requestedAt !== undefined) {
        if (!primary && performance.now() - requestedAt > repeatedSignalMs) exitNow()
        return
      }
      requestedAt = performance.now()
      setTimeout(exitNow, timeoutMs).unref()
      resolve(reason)
    }
    process.on('SIGTERM', signal => requestStop({signal}))
    // Ctrl-C sends SIGINT to all processes. A worker ignores SIGINT, because the primary process sends SIGTERM to the
    // workers when they must stop.
    process.on('SIGINT', signal => {
      if (!primary) requestStop({signal})
    })
    primary?.ended.then(() => requestStop({reason: 'the primary process has ended'}))
  })
}

function exitNow(): void {
  // The workers must not end before the event `exit`. Otherwise, the primary process would replace the workers.
  process.once('exit', killWorkers)
  exit(1)
}

/** Writes the last log lines and exits. Exits at the latest after `flushTimeoutMs`. */
function exit(code: number): void {
  if (!logOutput) process.exit(code)
  setTimeout(() => process.exit(code), flushTimeoutMs)
  writeLastLines(logOutput, () => process.exit(code))
}

async function withStore(work: (db: Database) => Promise<void>): Promise<void> {
  const store = await openStore(readStoreConfig(process.env))
  try {
    await work(store.db)
  } finally {
    await store.close()
  }
}

/**
 * Returns the message of an expected error. Returns undefined for an unexpected error, which is shown with its stack
 * trace.
 */
function explain(error: unknown): string | undefined {
  if (error instanceof Problem) {
    const {message, code} = (error.cause ?? {}) as {message?: string; code?: string}
    const summary = explainConnectionError(error.cause) ?? error.message
    return `${summary} ${message || code || ''}`.trimEnd()
  }
  if ((error as {code?: unknown}).code === undefinedTable) {
    return 'The database schema is missing. Run `boardcast migrate`.'
  }
  const expected = [UsageError, CommandError, ConfigError, FolderLockedError, SchemaError, BackupError]
  const isExpected = expected.some(kind => error instanceof kind)
  return isExpected ? (error as Error).message : undefined
}

async function readVersion(): Promise<string> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return JSON.parse(manifest).version
}
