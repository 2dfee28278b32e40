/** Runs the programs of examples/python. */
import {type ChildProcessWithoutNullStreams, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import ava, {type ExecutionContext, type TestFn} from 'ava'
import {isInstalled} from './is-installed.ts'
import {skipping} from './skipping.ts'

const folder = fileURLToPath(new URL('../../examples/python/', import.meta.url))

/** ava's `test` for tests that need Python. Without Python, the tests are skipped. On CI, the tests always run. */
export const test: TestFn =
  isInstalled('python3') || process.env.CI === 'true' ? ava : skipping('Python', 'python3 is not installed')

export interface PythonProgram {
  /** The lines of the standard output so far. */
  lines: string[]
  /** The lines of the standard error output so far. */
  errors: string[]
  /** Resolves with the exit code, or with null when a signal ended the program. */
  exited: Promise<number | null>
}

/** Starts a program in examples/python. The program is ended at the end of the test. */
export function startPython(
  t: ExecutionContext,
  args: readonly string[],
  env: Record<string, string> = {},
): PythonProgram {
  const child: ChildProcessWithoutNullStreams = spawn('python3', args, {cwd: folder, env: environment(env)})
  const exited = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const lines: string[] = []
  const errors: string[] = []
  createInterface(child.stdout).on('line', line => lines.push(line))
  createInterface(child.stderr).on('line', line => errors.push(line))
  return {lines, errors, exited}
}

/** Runs the code in the folder examples/python. Resolves with the value that the code prints as JSON. */
export async function runPython(code: string, ...args: string[]): Promise<any> {
  const {stdout} = await promisify(execFile)('python3', ['-c', code, ...args], {
    cwd: folder,
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout)
}

function environment(env: Record<string, string> = {}): Record<string, string> {
  const {PATH = '', HOME = ''} = process.env
  return {PATH, HOME, PYTHONDONTWRITEBYTECODE: '1', ...env}
}
