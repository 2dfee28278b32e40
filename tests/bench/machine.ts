/** The machine that the figures are from. */
import {execFileSync} from 'node:child_process'
import {cpus, release, totalmem} from 'node:os'

/** Files, and so connections, that one process may have open. Node itself raises its soft limit to this one. */
export const fileLimit =
  Number(execFileSync('sh', ['-c', 'ulimit -Hn'], {encoding: 'utf8'})) || Number.POSITIVE_INFINITY

/** Whether processes can be kept on one of several cores. */
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
