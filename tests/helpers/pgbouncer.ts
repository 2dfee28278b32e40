/** Starts PgBouncer, a pooler for Postgres, on loopback. */
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import ava, {type ExecutionContext, type TestFn} from 'ava'
import {accepts, findFreePort} from '../../conformance/adapters/ports.ts'
import {isInstalled} from './is-installed.ts'
import {hasPostgres} from './postgres.ts'
import {skipping} from './skipping.ts'

/**
 * ava's `test` for tests that need PgBouncer. On CI, these tests always run. On other machines, these tests are skipped
 * when Postgres or PgBouncer is missing.
 */
export const test: TestFn =
  (hasPostgres && isInstalled('pgbouncer')) || process.env.CI === 'true'
    ? ava
    : skipping('PgBouncer', 'pgbouncer is not installed')

/**
 * Starts PgBouncer with the given pool mode. Returns the URL of the database through PgBouncer. PgBouncer is stopped at
 * the end of the test.
 */
export async function startPgBouncer(
  t: ExecutionContext,
  databaseUrl: string,
  poolMode: 'session' | 'transaction',
): Promise<string> {
  const {hostname, port, username, password, pathname} = new URL(databaseUrl)
  const ownPort = await findFreePort()
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-pgbouncer-'))
  const target = `host=${hostname} port=${port} user=${username}${password && ` password=${password}`}`
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
* = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = 20
`,
  )
  chmodSync(folder, 0o755)
  // PgBouncer refuses to run as root. When this process runs as root, PgBouncer changes to the user `nobody`.
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...asUser, config], {stdio: 'ignore'})
  t.teardown(async () => {
    await end(child)
    rmSync(folder, {recursive: true, force: true})
  })
  while (!(await accepts(ownPort))) await delay(20)
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${ownPort}`
  url.pathname = pathname
  return url.href
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
