/** The Postgres server of a fault run, and the faults of the database. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {open, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import pg from 'pg'
import {type PostgresServer, startPostgres} from '../../helpers/durable-postgres.ts'

const startTimeoutMs = 60_000
const databaseName = 'faults'

/** How the run fills the disk of the database. */
export type DiskKind =
  /**
   * The database is on a small file system, and a large file fills this file system. Needs the permission to mount a
   * tmpfs.
   */
  | 'tmpfs'
  /** A trigger raises the error of a full disk (53100) for each new event. */
  | 'trigger'

export class FaultDatabase {
  readonly disk: DiskKind
  readonly #server: PostgresServer
  readonly #mounted: string | undefined
  readonly #binary: string
  readonly #data: string
  /** The process that `restart` has started. */
  #restarted: ChildProcess | undefined

  private constructor(
    server: PostgresServer,
    mounted: string | undefined,
    paths: {bin: string; data: string},
  ) {
    this.#server = server
    this.#mounted = mounted
    this.#binary = join(paths.bin, 'postgres')
    this.#data = paths.data
    this.disk = mounted ? 'tmpfs' : 'trigger'
  }

  /**
   * Returns undefined when npm has not installed Postgres for this platform. When this machine allows no mounts, the
   * kind of the disk is `trigger`, even if `disk` is `tmpfs`.
   */
  static async start(disk: DiskKind): Promise<FaultDatabase | undefined> {
    const server = await startPostgres()
    if (!server) return undefined
    const paths = await withClient(server.url, async client => {
      const {rows} = await client.query<{bin: string; data: string}>(
        `select setting as bin, current_setting('data_directory') as data from pg_config where name = 'BINDIR'`,
      )
      return rows[0]!
    })
    const mounted = disk === 'tmpfs' ? mountSmallDisk(statSync(paths.data)) : undefined
    await withClient(server.url, async client => {
      if (mounted) await client.query(`create tablespace small location '${mounted}/tables'`)
      await client.query(`create database ${databaseName} ${mounted ? 'tablespace small' : ''}`)
    })
    return new FaultDatabase(server, mounted, paths)
  }

  /** The URL of the database, without a proxy. */
  get url(): string {
    return new URL(`/${databaseName}`, this.#server.url).href
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return withClient(this.url, async client => (await client.query<Row>(text, values)).rows)
  }

  /** Kills the main process of Postgres with SIGKILL. The other processes of Postgres then exit. */
  crash(): void {
    const [line] = readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(line)
    // If Postgres had not finished writing the file, `pid` could be 0. A signal to the process id 0 would kill the
    // process group of this process.
    if (!(pid > 0)) throw new Error('Postgres has not written its process id')
    process.kill(pid, 'SIGKILL')
  }

  /** Starts Postgres again with the same data. Resolves when Postgres accepts connections. */
  async restart(): Promise<void> {
    const latest = Date.now() + startTimeoutMs
    // Postgres refuses to start until all processes of the killed server have exited.
    while (!(await this.#tryRestart())) {
      if (Date.now() > latest) throw new Error('Postgres did not start again')
      await delay(200)
    }
  }

  /** Ends all sessions of the database. */
  async terminateSessions(): Promise<void> {
    await this.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [databaseName],
    )
  }

  async fillDisk(): Promise<void> {
    if (this.#mounted) await fill(join(this.#mounted, 'ballast'))
    else
      await this.query(`
        create or replace function report_full_disk() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
        create or replace trigger full_disk before insert on events execute function report_full_disk()`)
  }

  async freeDisk(): Promise<void> {
    if (this.#mounted) await rm(join(this.#mounted, 'ballast'), {force: true})
    else await this.query('drop trigger if exists full_disk on events')
  }

  async stop(): Promise<void> {
    const {exitCode, signalCode} = this.#restarted ?? {}
    if (this.#restarted && exitCode === null && signalCode === null) {
      const exit = once(this.#restarted, 'exit')
      this.#restarted.kill('SIGQUIT')
      await exit
    }
    await this.#server.stop()
    if (this.#mounted) unmount(this.#mounted)
  }

  /**
   * Stops a restarted Postgres and unmounts the small disk, without waiting. The first Postgres, which `start`
   * has started, ends together with this process.
   */
  kill(): void {
    this.#restarted?.kill('SIGQUIT')
    if (this.#mounted) unmount(this.#mounted)
  }

  /** Resolves with true when Postgres accepts connections. Resolves with false when Postgres exits. */
  async #tryRestart(): Promise<boolean> {
    const {uid, gid} = statSync(this.#data)
    const child = spawn(this.#binary, ['-D', this.#data], {
      ...(process.getuid?.() === 0 && {uid, gid}),
      cwd: this.#data,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const isReady = await new Promise<boolean>(resolve => {
      child.stderr.on('data', chunk => {
        if (String(chunk).includes('ready to accept connections')) resolve(true)
      })
      child.on('exit', () => resolve(false))
    })
    if (isReady) this.#restarted = child
    return isReady
  }
}

const diskSize = '256m'

/** Mounts a tmpfs with a folder that the given user owns. Returns undefined when the mount is not possible. */
function mountSmallDisk({uid, gid}: {uid: number; gid: number}): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize},mode=755`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
  } catch {
    rmSync(folder, {recursive: true})
    return undefined
  }
  mkdirSync(join(folder, 'tables'))
  chownSync(join(folder, 'tables'), uid, gid)
  return folder
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder])
  rmSync(folder, {recursive: true, force: true})
}

/** Writes a file until the file system is full. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  const zeros = Buffer.alloc(1024 * 1024)
  try {
    for (;;) await file.write(zeros)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await file.close()
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({connectionString: url, connectionTimeoutMillis: 10_000})
  client.on('error', () => {}) // when the connection breaks, the query rejects
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
