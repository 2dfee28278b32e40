/**
 * The script of `npm run test:faults`. For each seed, runs the system with faults, and checks what the users received:
 *
 *   npm run test:faults -- --seed 7 --seconds 600
 *
 * `--only` selects the kinds of faults whose name contains the given text. `--bus` selects postgres or redis. With
 * `--verbose`, the script prints each fault when the fault begins. By default, the script runs three seeds with 140
 * seconds of faults each, and takes less than ten minutes. The exit code is 1 in three cases: the checker found a
 * deviation, a fault could not be caused or ended, or a server crashed.
 *
 * Without `--seed`, further seeds follow until clients have compared at least 100,000 boards with the checkpoints of the
 * servers. `--comparisons` sets another number. `--readers` sets how many clients only keep a board.
 */
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {compile} from '../../compile.ts'
import {isInstalled} from '../../helpers/is-installed.ts'
import type {BusKind} from './cluster.ts'
import type {FaultKind} from './faults.ts'
import {describe} from './report.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = `.test-build/${process.pid}`
const defaultRuns = 3
const defaultSeconds = 140
const defaultComparisons = 100_000
const defaultReaders = 900
const mostRuns = 12 // on a slow machine, the script fails instead of running for hours

const {values} = parseArgs({
  options: {
    seed: {type: 'string'},
    seconds: {type: 'string'},
    bus: {type: 'string'},
    only: {type: 'string'},
    comparisons: {type: 'string'},
    readers: {type: 'string'},
    verbose: {type: 'boolean'},
  },
})

process.chdir(root)
process.on('exit', () => rmSync(folder, {recursive: true, force: true}))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
// The servers run from the compiled files, because a loader would make the servers slower.
await compile(folder)
const comparisons = Number(values.comparisons ?? (values.seed === undefined ? defaultComparisons : 0))
process.exit(await runAll(Number(values.seconds ?? defaultSeconds), comparisons))

/** Runs seeds until clients have compared this number of boards. Returns the exit code. */
async function runAll(seconds: number, leastComparisons: number): Promise<number> {
  const path = join(root, folder, 'tests/faults/run/fault-run.js')
  const {runFaults} = (await import(path)) as typeof import('./fault-run.ts')
  const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
  const leastRuns = values.seed === undefined ? defaultRuns : 1
  let [runs, failed, compared] = [0, 0, 0]
  for (; runs < leastRuns || (compared < leastComparisons && runs < mostRuns); runs++) {
    const seed = first + runs
    const bus = busOf(seed)
    const startedAt = performance.now()
    const log = (line: string) => {
      if (values.verbose) console.log(`  ${((performance.now() - startedAt) / 1_000).toFixed(1)} s: ${line}`)
    }
    console.log(
      `\nSeed ${seed}, bus ${bus}, ${seconds} s (to repeat: --seed ${seed} --seconds ${seconds} --bus ${bus})`,
    )
    const {only = ''} = values
    const select = ({name}: FaultKind) => name.includes(only)
    const result = await runFaults({
      seed,
      bus,
      seconds,
      disk: 'tmpfs',
      subscribers: 100,
      writers: 36,
      boards: 8,
      boardReaders: Number(values.readers ?? defaultReaders),
      digestReaders: 16,
      presence: 8,
      select,
      log,
    })
    if (!result) return skip('npm has not installed Postgres for this platform')
    const {text, isFailure} = describe(result)
    console.log(text)
    console.log(`Took ${Math.round((performance.now() - startedAt) / 1_000)} s.`)
    if (isFailure) failed++
    compared += result.comparisons
  }
  console.log(`\n${runs - failed} of ${runs} runs found nothing. Clients compared ${compared} boards.`)
  return failed > 0 || compared < leastComparisons ? 1 : 0
}

/** Odd seeds use Redis as the bus, so that consecutive seeds test both kinds of bus. */
function busOf(seed: number): BusKind {
  if (values.bus === 'postgres' || values.bus === 'redis') return values.bus
  if (seed % 2 === 0) return 'postgres'
  if (isInstalled('redis-server') || process.env.CI === 'true') return 'redis'
  console.warn('redis-server is not installed, so this run uses Postgres as the bus.')
  return 'postgres'
}

function skip(reason: string): number {
  console.warn(`Skipping the fault runs: ${reason}.`)
  return process.env.CI === 'true' ? 1 : 0
}
