/** The server under attack. As in production, the server runs in its own process. */
import {execFileSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {type ServerProcess, startProcess} from '../../helpers/process.ts'
import type {Issuer} from './issuer.ts'
import type {Transcript} from './transcript.ts'

export interface Target {
  url: string
  port: number
  /** Whether the process is still running. */
  isRunning: boolean
  /** The resident memory of the process in bytes. */
  rss(): number
  /** Log lines about unexpected errors. */
  errorLines(): string[]
  /** Stops the process and searches its output for credentials. */
  stop(): Promise<void>
}

export interface TargetOptions {
  databaseUrl: string
  issuer: Pick<Issuer, 'settings'>
  transcript: Transcript
  /** Default: `trace`, because the server prints the most lines at this level. */
  logLevel?: string
}

/** When the process that called this function exits, the server is killed. */
export async function startTarget(options: TargetOptions): Promise<Target> {
  const {databaseUrl, issuer, transcript, logLevel = 'trace'} = options
  const secretsKey = randomBytes(32).toString('hex')
  const {password} = new URL(databaseUrl)
  for (const [name, secret] of Object.entries({
    SECRETS_KEY: secretsKey,
    AUTH_JWT_SECRET: issuer.settings.AUTH_JWT_SECRET ?? '',
    'the password of the database': decodeURIComponent(password),
  })) {
    transcript.addCredential(name, secret)
  }
  const server = await startProcess({
    ...issuer.settings,
    ...unlimited,
    DATABASE_URL: databaseUrl,
    SECRETS_KEY: secretsKey,
    AUTH_DEFAULT_ROLE: 'viewer',
    HEARTBEAT_SECONDS: '1',
    LOG_LEVEL: logLevel,
  })
  return new RunningTarget(server, transcript)
}

/** The attacks do not test rate limits and quotas, so these limits are disabled or very high. */
const unlimited = {
  MAX_CHANGES_PER_MINUTE_PER_USER: '0',
  MAX_CHANGES_PER_MINUTE_PER_ORG: '0',
  MAX_STREAM_OPENS_PER_MINUTE: '0',
  MAX_PRESENCE_UPDATES_PER_MINUTE: '0',
  MAX_REFUSALS_PER_MINUTE: '0',
  MAX_SIGN_INS_PER_MINUTE: '0',
  MAX_CONNECTIONS_PER_ADDRESS: '0',
  MAX_STREAMS_PER_USER: '100000',
  MAX_PROJECTS: '100000',
  MAX_SPRINTS_PER_PROJECT: '100000',
  MAX_STORIES_PER_PROJECT: '100000',
  MAX_LABELS_PER_PROJECT: '10000',
  MAX_TASKS_PER_STORY: '100000',
  MAX_TASKS_PER_SPRINT: '100000',
  MAX_COMMENTS_PER_TASK: '100000',
}

class RunningTarget implements Target {
  readonly url: string
  readonly port: number
  isRunning = true
  readonly #server: ServerProcess
  readonly #transcript: Transcript

  constructor(server: ServerProcess, transcript: Transcript) {
    this.#server = server
    this.#transcript = transcript
    this.url = server.url
    this.port = Number(new URL(server.url).port)
    const kill = () => void server.end('SIGKILL')
    process.once('exit', kill)
    void server.exited.then(() => {
      this.isRunning = false
      process.off('exit', kill)
    })
  }

  rss(): number {
    return 1024 * Number(residentKilobytes(this.#server.pid))
  }

  errorLines(): string[] {
    return this.#server.output.filter(isError)
  }

  async stop(): Promise<void> {
    if (this.isRunning) await this.#server.end('SIGTERM')
    for (const line of this.#server.output) this.#transcript.search('the log of the server', line)
  }
}

/** Reading a file is faster than starting `ps`, so `ps` runs only on systems without /proc. */
function residentKilobytes(pid: number): string {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], {encoding: 'utf8'})
  return /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))![1]!
}

/** pino's levels: 50 is `error`. A line that is not JSON is an error that Node has printed. */
function isError(line: string): boolean {
  // Koa reads unusual URLs with `url.parse`. Node 26 warns of this function once per process.
  if (/\[DEP0169\]|^\(Use `node --trace-deprecation/.test(line)) return false
  const level = /^\{"level":(\d+)/.exec(line)?.[1]
  return level === undefined || Number(level) >= 50
}
