import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const cache = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url))

/**
 * Returns the path of the program `node` of a major version, such as `24`. npm installs the version at the first call,
 * and keeps it for later runs. Throws when npm has no such version.
 */
export function nodeProgram(major: string): string {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(cache, major)
  const program = join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return program
  mkdirSync(folder, {recursive: true})
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${major}`],
    {stdio: ['ignore', 'ignore', 'inherit']},
  )
  return program
}
