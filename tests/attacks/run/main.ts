/**
 * The script of `npm run test:attacks`. Attacks the server in every way that the files of this folder describe, and
 * reports the attacks that succeed:
 *
 *   npm run test:attacks -- --seed 7 --cases 10000
 *
 * `--connections` is the number of hostile connections of each kind. `--only` selects parts of the run by their names,
 * separated by commas. The exit code is 0 when no attack succeeded. On CI (`CI=true`), the exit code is
 * 1 when a part did not run.
 */
import {execFile} from 'node:child_process'
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs, promisify} from 'node:util'
import {compile} from '../../compile.ts'
import {startPostgres} from '../../helpers/durable-postgres.ts'
import type {Part} from './attack-run.ts'
import {describe} from './report.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = `.test-build/${process.pid}`
const holdMs = 2_000

const {values} = parseArgs({
  options: {
    seed: {type: 'string'},
    cases: {type: 'string', default: '10000'},
    connections: {type: 'string', default: '1000'},
    only: {type: 'string'},
  },
})

process.chdir(root)
process.on('exit', () => rmSync(folder, {recursive: true, force: true}))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
// The servers run from the compiled files. A loader would make the servers slower.
await compile(folder)
process.exit(await attack())

/** Returns the exit code. */
async function attack(): Promise<number> {
  const path = join(root, folder, 'tests/attacks/run/attack-run.js')
  const {runAttacks, parts} = (await import(path)) as typeof import('./attack-run.ts')
  const selected = selectParts(parts)
  await promisify(execFile)(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], {cwd: root})
  const postgres = await startPostgres()
  if (!postgres) {
    console.warn('Skipping the attacks: npm has not installed Postgres for this platform.')
    return process.env.CI === 'true' ? 1 : 0
  }
  const startedAt = performance.now()
  try {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
    console.log(`Seed ${seed} (to repeat: --seed ${seed})`)
    const result = await runAttacks({
      parts: selected,
      createDatabase: postgres.createDatabase,
      keyKinds: ['ec', 'rsa', 'secret'],
      cases: Number(values.cases),
      seed,
      sockets: {connections: Number(values.connections), holdMs, isThorough: true},
      log: line => console.log(line),
    })
    console.log(`\n${describe(result)}`)
    console.log(`Took ${Math.round((performance.now() - startedAt) / 1_000)} s.`)
    const isComplete = result.parts.every(({counts}) => counts) || process.env.CI !== 'true'
    return result.findings.length === 0 && isComplete ? 0 : 1
  } finally {
    await postgres.stop()
  }
}

/** Returns the parts that `--only` names. Without `--only`, returns all parts. */
function selectParts(all: readonly Part[]): Part[] {
  const names = values.only?.split(',') ?? all
  const unknown = names.filter(name => !all.some(part => part === name))
  if (unknown.length > 0)
    throw new Error(`--only names no part: ${unknown.join(', ')}. The parts are ${all.join(', ')}.`)
  return all.filter(part => names.includes(part))
}
