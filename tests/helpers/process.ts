/** The real program as a process of its own: a server that can be killed and started again, or another command. */
import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'

// The compiled program: it starts faster than the source with a loader.
const main = fileURLToPath(import.meta.resolve('../../src/main.js'))

export interface ServerProcess {
  url: string
  /** Lines of its output, as they come. */
  output: string[]
  /** Ends it with the signal; resolves with its exit code, null when the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Resolves when the server says that it listens. Rejects with its output when it ends before. */
export async function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  const {PATH = '', HOME = ''} = process.env
  const child = spawn(process.execPath, [main], {
    env: {PATH, HOME, PORT: '0', HOST: '127.0.0.1', ...env},
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
    exit.then(() => reject(new Error(`The server ended:\n${output.join('\n')}`)))
  })
  return {url, output, end: signal => endProcess(child, exit, signal)}
}

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the program to its end, with these settings and none of ours. */
export function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const {PATH = '', HOME = ''} = process.env
  const options = {env: {PATH, HOME, ...env}, timeout: 60_000}
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({code: error ? Number(error.code ?? -1) : 0, stdout, stderr})
    })
  })
}

async function endProcess(child: ChildProcess, exit: Promise<[number | null]>, signal: NodeJS.Signals) {
  child.kill(signal)
  const [code] = await exit
  return code
}

function parse(line: string): {msg?: string; url?: string} | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
