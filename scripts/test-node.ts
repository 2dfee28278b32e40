/**
 * Runs the tests on another version of Node: `npm run test:node -- 24`, or
 * `npm run test:node -- 24 tests/store/pruning.test.ts`. npm installs the version, and keeps it for the next run. The
 * installed dependencies stay the same.
 */
import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync} from 'node:fs'
import {delimiter, dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major = '', ...args] = process.argv.slice(2)
if (!/^\d+$/.test(major)) {
  console.error('Give the major version of Node, for example: npm run test:node -- 24')
  process.exit(2)
}
const node = install(major)
console.log(`Node ${execFileSync(node, ['--version'], {encoding: 'utf8'}).trim()}`)
const {status} = spawnSync(node, ['--import', 'tsx', 'tests/run.ts', ...args], {
  cwd: root,
  stdio: 'inherit',
  // Programs that the tests start by the name `node` must have the same version.
  env: {...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`},
})
process.exit(status ?? 1)

/** Returns the path of the program `node`. */
function install(major: string): string {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(root, 'node_modules/.cache/node', major)
  const program = join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return program
  mkdirSync(folder, {recursive: true})
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${major}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  return program
}
