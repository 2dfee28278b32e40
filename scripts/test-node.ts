/**
 * Runs the tests on another version of Node: `npm run test:node -- 24`, or
 * `npm run test:node -- 24 tests/store/pruning.test.ts`. The installed dependencies stay the same.
 */
import {execFileSync, spawnSync} from 'node:child_process'
import {delimiter, dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {nodeProgram} from './node-program.ts'

const [major = '', ...args] = process.argv.slice(2)
if (!/^\d+$/.test(major)) {
  console.error('Give the major version of Node, for example: npm run test:node -- 24')
  process.exit(2)
}
const node = nodeProgram(major)
console.log(`Node ${execFileSync(node, ['--version'], {encoding: 'utf8'}).trim()}`)
const {status} = spawnSync(node, ['--import', 'tsx', 'tests/run.ts', ...args], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  // Programs that the tests start by the name `node` must have the same version.
  env: {...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`},
})
process.exit(status ?? 1)
