/** Describes the machine on which the figures were measured. */
import {execFileSync} from 'node:child_process'
import {cpus, release, totalmem} from 'node:os'

/**
 * How many files a process may open. Each connection is a file. Node raises the soft limit of its process to this
 * value.
 */
export const fileLimit =
  Number(execFileSync('sh', ['-c', 'ulimit -Hn'], {encoding: 'utf8'})) || Number.POSITIVE_INFINITY

/** Whether a process can be pinned to a core. */
export const canPin = cpus().length > 1 && hasTaskset()

export const machine = {
  processor: cpus()[0]!.model,
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  kernel: release(),
  node: process.version,
  fileLimit,
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'])
    return true
  } catch {
    return false
  }
}
