// Runs the programs in tests/contract-tools/. They are not development dependencies of the project, because they have
// many packages, and because the generators need an older TypeScript.
import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ava, {type TestFn} from 'ava'
import type {Ended} from './process.ts'
import {skipping} from './skipping.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const toolModules = `${root}tests/contract-tools/node_modules`

/** ava's `test` for tests that need these programs. Without them, the tests are skipped. On CI, the tests always run. */
export const test: TestFn =
  existsSync(toolModules) || process.env.CI === 'true'
    ? ava
    : skipping('contract-tools', 'run `npm ci --prefix tests/contract-tools`')

/** Runs a script with Node in the folder `cwd`. Never rejects when the script exits. */
export function runScript(script: string, args: readonly string[], cwd = root): Promise<Ended> {
  const {PATH = '', HOME = ''} = process.env
  // Without this variable, the generator would print in colors.
  const options = {cwd, env: {PATH, HOME, NO_COLOR: '1'}, maxBuffer: 2 ** 26, timeout: 300_000}
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({code: Number(error?.code ?? 0), stdout, stderr})
    })
  })
}
