import {execFileSync} from 'node:child_process'
import {mkdtempSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const checkout = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Compiles the server and the processes of the bench into a new temporary folder, and returns the path of the
 * folder. The bench must measure the JavaScript that users run. The bench does not use tsx, because
 * tsx adds a function call wherever a closure is created.
 */
export function build(): string {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-bench-'))
  for (const name of ['node_modules', 'schema', 'package.json', 'openapi.yaml', 'dist']) {
    symlinkSync(join(checkout, name), join(folder, name))
  }
  const tsc = join(checkout, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', join(checkout, 'tests/bench'), '--outDir', folder, '--noCheck'], {
    stdio: 'inherit',
  })
  return folder
}
