/** Runs the program in its own process, as a server or with another command. A test can kill and restart the server. */
import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {findFreePort} from '../../conformance/adapters/ports.ts'

/**
 * The path of the program, which `tests/compile.ts` has bundled. A bundled program starts in half of the time.
 * `import.meta.dirname` is a folder of compiled files.
 */
export const program = join(import.meta.dirname, '../../program/main.js')

// The limits per minute are off by default, because some tests send far more requests than a real member would send.
const noLimits = {
  MAX_CHANGES_PER_MINUTE_PER_USER: '0',
  MAX_CHANGES_PER_MINUTE_PER_ORG: '0',
  MAX_STREAM_OPENS_PER_MINUTE: '0',
  MAX_PRESENCE_UPDATES_PER_MINUTE: '0',
}

export interface ServerProcess {
  url: string
  pid: number
  /** Resolves when the process has exited: with the exit code, or with null when a signal ended the process. */
  exited: Promise<number | null>
  /** The lines of output that the process has printed so far. */
  output: string[]
  /** Closes the pipe to which the program writes its output, as if the reader of the log had exited. */
  closeOutput(): void
  /** Sends the signal. Resolves with the exit code, or with null when a signal ended the process. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>
}

/**
 * Starts a server. By default, the server does not limit changes and stream requests per minute. `env` can set limits.
 * `file` is the program; by default, the program that `tests/compile.ts` has bundled. Resolves when the server listens.
 * Rejects with the server's output when the server exits too early.
 */
export async function startProcess(
  env: Record<string, string>,
  args: readonly string[] = [],
  {maxOpenFiles, file: main = program}: {maxOpenFiles?: number; file?: string} = {},
): Promise<ServerProcess> {
  const {PATH = '', HOME = ''} = process.env
  const command = [process.execPath, main, ...args]
  const [file, ...rest] = maxOpenFiles
    ? ['sh', '-c', `ulimit -n ${maxOpenFiles} && exec "$@"`, 'sh', ...command]
    : command
  const child = spawn(file!, rest, {
    env: {PATH, HOME, PORT: String(await findFreePort()), HOST: '127.0.0.1', ...noLimits, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit') as Promise<[number | null]>
  const output: string[] = []
  createInterface(child.stderr).on('line', line => output.push(line))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      output.push(line)
      const logged = parse(line)
      if (logged?.msg === 'listening') resolve(logged.url!)
    })
    exit.then(() => reject(new Error(`The server exited before it was listening:\n${output.join('\n')}`)))
  })
  const exited = exit.then(([code]) => code)
  return {
    url,
    pid: child.pid!,
    exited,
    output,
    closeOutput: () => void child.stdout.destroy(),
    end: signal => endProcess(child, exited, signal),
  }
}

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the program until it exits. The environment of the program has only PATH, HOME and the variables of `env`. */
export function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const {PATH = '', HOME = ''} = process.env
  const options = {env: {PATH, HOME, ...env}, timeout: 60_000}
  return new Promise(resolve => {
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({code: error ? Number(error.code ?? -1) : 0, stdout, stderr})
    })
  })
}

async function endProcess(child: ChildProcess, exited: Promise<number | null>, signal: NodeJS.Signals) {
  child.kill(signal)
  return exited
}

function parse(line: string): {msg?: string; url?: string} | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
