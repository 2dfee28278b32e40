/** Runs the program in the same way as its users: the compiled files run in a separate process. */
import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {createInterface} from 'node:readline'

export interface ProgramOptions {
  /** The path of the compiled `main.js`. */
  main: string
  /** The settings of the program, in addition to PORT=0. */
  env: Record<string, string>
  /** The path of a module that is loaded before `main`. Default: none. */
  preload?: string
}

export interface Program {
  port: number
  /** Returns the microseconds of CPU time that the process and its workers have used. */
  cpu(): number
  /** Returns the resident memory of the process in bytes. */
  rss(): number
  /** Stops the process with a signal. Resolves with the lines that the process wrote to stderr. */
  stop(signal?: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<string[]>
}

/** Resolves when the server listens. */
export async function startProgram({main, env, preload}: ProgramOptions): Promise<Program> {
  const {PATH = '', HOME = ''} = process.env
  const child = spawn(process.execPath, [...(preload ? ['--import', preload] : []), main], {
    env: {PATH, HOME, PORT: '0', ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const errors: string[] = []
  createInterface(child.stderr).on('line', line => errors.push(line))
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      if (line.includes('"listening"')) resolve(Number(new URL(JSON.parse(line).url).port))
    })
    exit.then(([code]) => reject(new Error(`The program exited with ${code}:\n${errors.join('\n')}`)), reject)
  })
  return {
    port,
    cpu: () => cpuOf(child.pid!),
    rss: () => 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], {encoding: 'utf8'})),
    async stop(signal = 'SIGINT') {
      child.kill(signal)
      await exit
      return errors
    },
  }
}

const microsecondsPerTick = 10_000 // Linux counts CPU time in hundredths of a second

/** Returns the microseconds of CPU time of the process and of all its descendants. */
function cpuOf(pid: number): number {
  try {
    const fields = statOf(pid)
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    const own = (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick
    return children.reduce((total, child) => total + cpuOf(Number(child)), own)
  } catch {
    return Number.NaN
  }
}

/** Like `cpuOf`, but also includes the children that have ended. */
export function cpuWithEndedChildren(pid: number): number {
  const ended = statOf(pid)
    .slice(13, 15)
    .reduce((total, ticks) => total + Number(ticks), 0)
  return cpuOf(pid) + ended * microsecondsPerTick
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1])
}

/**
 * Returns the fields after the name of the process: the state is the first field, and the user and system times are
 * fields 12 and 13.
 */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
}
