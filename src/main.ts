#!/usr/bin/env node
/** Runs the commands of the process, and handles its signals, errors and exit codes. */
import {readFile} from 'node:fs/promises'
import {pino} from 'pino'
import {Problem} from './board/problem.ts'
import {createKey, listKeys, revokeKey} from './commands/api-key.ts'
import {CommandError} from './commands/command-error.ts'
import {help, parseCommandLine, UsageError} from './commands/command-line.ts'
import {startNewEpoch} from './commands/new-epoch.ts'
import {serve} from './commands/serve.ts'
import {mintTokenFor} from './commands/token.ts'
import {ConfigError, readConfig, readStoreConfig} from './config.ts'
import {type Database, openStore} from './store/connection.ts'
import {FolderLockedError} from './store/folder-lock.ts'
import {migrate} from './store/migrate.ts'

const stopTimeoutMs = 10_000 // after a signal, the process exits within this time; no committed event is lost
const repeatedSignalMs = 500 // under npm, one Ctrl-C sends two signals: one from the terminal and one from npm
// Log lines are written in batches, because writing each line separately took 4 % of the time of a change. At exit,
// pino writes the remaining lines. When the program that reads the log is too slow, at most `maxLength` bytes wait, and
// pino drops further lines. The server therefore never waits for the program that reads the log.
const logBuffer = {sync: false, minLength: 4096, periodicFlush: 100, maxLength: 16 * 1024 * 1024}
const undefinedTable = '42P01' // a Postgres error code

// The reader of the output may close the output early, for example `head` in `boardcast --help | head -1`.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

try {
  await runCommand()
} catch (error) {
  const message = explain(error)
  if (message === undefined) throw error
  console.error(message)
  process.exit(error instanceof UsageError ? 2 : 1)
}

async function runCommand(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.name) {
    case 'serve':
      return runServer()
    case 'migrate':
      return withStore(async db => {
        const applied = await migrate(db)
        console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is up to date.')
      })
    case 'token':
      return console.log(await mintTokenFor(readConfig(process.env), command.request))
    case 'api-key create':
      return withStore(async db => {
        const {key, note} = await createKey(db, command)
        console.log(key)
        console.error(note)
      })
    case 'api-key list':
      return withStore(async db => console.log((await listKeys(db, command.organization)).join('\n')))
    case 'api-key revoke':
      return withStore(async db => console.log(await revokeKey(db, command.id)))
    case 'new-epoch':
      return withStore(async db => console.log(await startNewEpoch(db, command.organization)))
    case 'help':
      return console.log(help)
    case 'version':
      return console.log(await readVersion())
  }
}

/** Runs the server until SIGTERM or SIGINT. */
async function runServer(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({level: config.logLevel}, pino.destination(logBuffer))
  // Node also emits `uncaughtException` for unhandled promise rejections. After an uncaught exception, the state of the
  // process is unknown, so the process exits. A supervisor can restart the process.
  process.on('uncaughtException', err => {
    log.fatal({err}, 'uncaught exception')
    process.exit(1)
  })
  const stopRequested = stopSignal()
  const {url, instructions, stop} = await serve(config, log)
  log.info({url}, 'listening')
  if (instructions) log.flush(() => console.log(instructions)) // printed after the log line with the address
  log.info({signal: await stopRequested}, 'stopping')
  await stop()
  log.info('stopped')
  process.exit(0)
}

/** Resolves at the first SIGTERM or SIGINT, even during startup. A second signal ends the process immediately. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let requestedAt: number | undefined
    const requestStop = (signal: NodeJS.Signals) => {
      if (requestedAt !== undefined) {
        if (performance.now() - requestedAt > repeatedSignalMs) process.exit(1)
        return
      }
      requestedAt = performance.now()
      setTimeout(() => process.exit(1), stopTimeoutMs).unref()
      resolve(signal)
    }
    process.on('SIGTERM', requestStop)
    process.on('SIGINT', requestStop)
  })
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
    return `${error.message} ${message || code || ''}`.trimEnd()
  }
  if ((error as {code?: unknown}).code === undefinedTable) {
    return 'The database schema is missing. Run `boardcast migrate`.'
  }
  const isExpected = [UsageError, CommandError, ConfigError, FolderLockedError].some(
    kind => error instanceof kind,
  )
  return isExpected ? (error as Error).message : undefined
}

async function readVersion(): Promise<string> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return JSON.parse(manifest).version
}
