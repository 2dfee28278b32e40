/**
 * Checks the format, the lint rules, the types and dead code: `npm run lint`. Runs two checks at a time, because each
 * check uses one core. Prints the output of a check when the check has ended. When a check fails, exits with 1.
 */
import {execFile} from 'node:child_process'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// The checks that take the most time start first.
const checks = [
  'tsc -p tests',
  'tsc --noEmit',
  'tsc -p src/page',
  'biome ci .',
  'knip --no-config-hints',
  'tsc -p conformance',
].values()

await Promise.all(
  Array.from({length: Math.min(2, availableParallelism())}, async () => {
    for (const check of checks) await run(check)
  }),
)

/** Runs one of the installed programs with its arguments. Never rejects. */
function run(check: string): Promise<void> {
  const [program = '', ...args] = check.split(' ')
  return new Promise(resolve => {
    execFile(
      join(root, 'node_modules/.bin', program),
      args,
      {cwd: root, maxBuffer: 2 ** 26},
      (error, out, err) => {
        console.log(`${error ? '✘' : '✔'} ${check}`)
        if (error) {
          process.exitCode = 1
          console.log(out + err)
        }
        resolve()
      },
    )
  })
}
