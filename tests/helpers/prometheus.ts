/** Runs Prometheus and promtool. */
import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {ExecutionContext} from 'ava'
import ava, {type TestFn} from 'ava'
import {findFreePort} from '../../conformance/adapters/ports.ts'
import {isInstalled} from './is-installed.ts'
import {skipping} from './skipping.ts'
import {until} from './until.ts'

/** A `test` that is skipped when Prometheus is not installed. In CI, Prometheus is required. */
export const test: TestFn =
  isInstalled('promtool') || process.env.CI === 'true'
    ? ava
    : skipping('Prometheus', 'promtool is not installed')

/** Creates an empty folder, which is deleted after the test. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-prometheus-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  return folder
}

/** Runs promtool, and returns its output. Rejects with the output when promtool finds a fault. */
export async function promtool(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('promtool', args, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}${stderr}`))
      else resolve(stdout)
    })
    child.stdin!.on('error', () => {}) // promtool may exit before it has read the input
    child.stdin!.end(input)
  })
}

/** Starts Prometheus on loopback. Returns its URL when it is ready. The configuration is YAML. */
export async function startPrometheus(t: ExecutionContext, configuration: string): Promise<string> {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'prometheus.yml'), configuration)
  const port = await findFreePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    {stdio: ['ignore', 'ignore', 'pipe']},
  )
  const output: string[] = []
  child.stderr.on('data', data => output.push(String(data)))
  t.teardown(() => end(child))
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(output.join(''))
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true
  })
  return url
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
