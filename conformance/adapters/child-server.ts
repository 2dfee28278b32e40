/** Runs a server as a child process that can be killed and started again. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {platform} from 'node:os'
import {setTimeout as delay} from 'node:timers/promises'
import {accepts} from './ports.ts'

const startTimeoutMs = 60_000 // an embedded database needs a while on a busy machine

export interface ChildOptions {
  command: readonly string[]
  env?: Readonly<Record<string, string>>
  /** The server listens on this port of 127.0.0.1. */
  port: number
  /** The signal that asks the server to stop. Default SIGTERM. */
  stopSignal?: NodeJS.Signals
}

export class ChildServer {
  readonly #options: ChildOptions
  #child: ChildProcess | undefined
  #output = ''

  constructor(options: ChildOptions) {
    this.#options = options
  }

  get pid(): number {
    return this.#child!.pid!
  }

  /** Resolves when the server accepts connections. Does nothing when the server runs. */
  async start(): Promise<void> {
    if (this.#child) return
    const {command, env, port} = this.#options
    const {PATH = '', HOME = ''} = process.env
    this.#output = ''
    const child = spawn(command[0]!, command.slice(1), {
      env: {PATH, HOME, ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
      // A server with several processes is killed as one group.
      detached: true,
    })
    this.#child = child
    child.on('error', error => {
      this.#output += error.message
      this.#child = undefined
    })
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', bytes => {
        this.#output = (this.#output + bytes).slice(-4_000)
      })
    }
    const latest = performance.now() + startTimeoutMs
    while (!(await accepts(port))) {
      if (!this.#child || performance.now() > latest) {
        await this.kill()
        throw new Error(`The server did not start:\n${this.#output}`)
      }
      await delay(20)
    }
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    const exit = once(child, 'exit')
    signal(child, 'SIGKILL')
    await exit
  }

  /** Resolves with the exit code, or with null when a signal has ended the process. */
  async terminate(): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    const exit = once(child, 'exit') as Promise<[number | null]>
    child.kill(this.#options.stopSignal ?? 'SIGTERM')
    const [code] = await exit
    return code
  }
}

function signal({pid}: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid!, name)
  } catch {
    // The group has already ended.
  }
}

/** Returns the resident memory of the process in bytes. Only Linux tells this in a file. */
export const residentBytes =
  platform() === 'linux'
    ? async (pid: number): Promise<number> => {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
      }
    : undefined
