#!/usr/bin/env node
/** The process: its arguments, settings, signals and exit codes. The only file that touches `process`. */
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

const longestStop = 10_000 // milliseconds; then we end as we are, and the log tells what was committed
const signalEcho = 500 // milliseconds; under npm one Ctrl-C comes twice, from the terminal and from npm
// Lines of the log leave together, so soon: a write for each took 4 % of a change. What waits at the end, pino writes
// then; where nobody reads, so many bytes wait before lines are dropped, for a log must not stop a board.
const logBuffer = {sync: false, minLength: 4096, periodicFlush: 100, maxLength: 16 * 1024 * 1024}
const undefinedTable = '42P01' // Postgres' code

// Whoever reads our output may leave early: boardcast --help | head -1
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

try {
  await run()
} catch (error) {
  const message = explain(error)
  if (message === undefined) throw error
  console.error(message)
  process.exit(error instanceof UsageError ? 2 : 1)
}

async function run(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2))
  switch (command.name) {
    case 'serve':
      return runServer()
    case 'migrate':
      return withStore(async db => {
        const applied = await migrate(db)
        console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'There was nothing to do.')
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

/** Runs until a signal asks it to stop. */
async function runServer(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({level: config.logLevel}, pino.destination(logBuffer))
  // Also what Node makes of a rejection that nobody handles. The state is unknown: end, and let others start us anew.
  process.on('uncaughtException', err => {
    log.fatal({err}, 'uncaught exception')
    process.exit(1)
  })
  const stopAsked = stopSignal()
  const {url, invitation, stop} = await serve(config, log)
  log.info({url}, 'listening')
  if (invitation) log.flush(() => console.log(invitation)) // below the line with the address
  log.info({signal: await stopAsked}, 'stopping')
  await stop()
  log.info('stopped')
  process.exit(0)
}

/** Resolves at the first SIGTERM or SIGINT, also while starting; another one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    const ask = (signal: NodeJS.Signals) => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt > signalEcho) process.exit(1)
        return
      }
      askedAt = performance.now()
      setTimeout(() => process.exit(1), longestStop).unref()
      resolve(signal)
    }
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
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

/** What to tell of an error that needs no stack trace; undefined for any other. */
function explain(error: unknown): string | undefined {
  if (error instanceof Problem) {
    const {message, code} = (error.cause ?? {}) as {message?: string; code?: string}
    return `${error.message} ${message || code || ''}`.trimEnd()
  }
  if ((error as {code?: unknown}).code === undefinedTable) {
    return 'The database has not our tables; run boardcast migrate.'
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
