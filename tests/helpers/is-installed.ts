import {execFileSync} from 'node:child_process'

/** Returns whether this machine has the program. With `option`, the program must print its version. */
export function isInstalled(program: string, option = '--version'): boolean {
  try {
    execFileSync(program, [option], {stdio: 'ignore'})
    return true
  } catch {
    return false
  }
}
