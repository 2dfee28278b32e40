import {execFileSync} from 'node:child_process'

/** Returns whether this machine has the program. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}
