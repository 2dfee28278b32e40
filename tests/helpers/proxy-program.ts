/** Starts the proxies of Debian’s packages in front of a server. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import ava, {type ExecutionContext, type TestFn} from 'ava'
import {accepts, findFreePort} from '../../conformance/adapters/ports.ts'
import {isInstalled} from './is-installed.ts'
import {skipping} from './skipping.ts'
import {until} from './until.ts'

/** For each program: its arguments, which keep the program in the foreground. */
const argumentsOf = {
  nginx: (folder: string) => ['-p', folder, '-e', 'error.log', '-c', 'proxy.conf'],
  haproxy: (folder: string) => ['-db', '-f', join(folder, 'proxy.conf')],
  apache2: (folder: string) => ['-DFOREGROUND', '-d', folder, '-f', join(folder, 'proxy.conf')],
}

/** The name of the program, and of its Debian package. */
export type ProxyProgram = keyof typeof argumentsOf

/**
 * Returns ava's `test` for tests that need the programs. On CI, these tests always run. On other machines, these tests
 * are skipped when a program is missing.
 * @param test the test function to use when all programs are installed
 */
export function testWith(programs: readonly ProxyProgram[], test: TestFn = ava): TestFn {
  if (process.env.CI === 'true') return test
  const missing = programs.filter(program => !isInstalled(program, '-v'))
  if (missing.length === 0) return test
  return skipping(missing.join(' and '), `the Debian packages are not installed: ${missing.join(', ')}`)
}

/**
 * Starts the program and returns its URL. `configure` returns the configuration. The program must listen on this port of
 * 127.0.0.1, and may write files only to `folder`. The program is stopped at the end of the test.
 */
export async function startProxyProgram(
  t: ExecutionContext,
  program: ProxyProgram,
  configure: (port: number, folder: string) => string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `boardcast-${program}-`))
  const port = await findFreePort()
  await writeFile(join(folder, 'proxy.conf'), configure(port, folder))
  const child = spawn(program, argumentsOf[program](folder), {stdio: ['ignore', 'ignore', 'inherit']})
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
    await rm(folder, {recursive: true})
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${program} has exited with ${child.exitCode}`)
    return accepts(port)
  })
  return `http://127.0.0.1:${port}`
}
