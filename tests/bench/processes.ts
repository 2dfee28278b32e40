/** Starts the processes that the rows use: servers, load generators and Postgres. */
import {execFileSync} from 'node:child_process'
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type PostgresServer, startPostgres} from '../helpers/durable-postgres.ts'
import {build, checkout} from './build.ts'
import {Child} from './child.ts'
import type {Commands} from './commands.ts'
import type {LoadCommands, LoadOptions} from './load/load-process.ts'
import {canPin, fileLimit} from './machine.ts'
import {type Program, type ProgramOptions, startProgram} from './program.ts'
import type {AppOptions} from './servers/app.ts'
import type {BoardcastCommands} from './servers/boardcast.ts'
import type {ChangesToSocketsCommands} from './servers/changes-to-sockets.ts'
import type {DefaultsCommands} from './servers/defaults.ts'
import type {HttpStreamsCommands} from './servers/http-streams.ts'
import type {LargeCommands} from './servers/large.ts'
import type {NchanCommands, NchanOptions} from './servers/nchan.ts'
import type {Address, ServerCommands} from './servers/run-server.ts'
import type {SprintBoardsCommands} from './servers/sprint-boards.ts'
import type {TaskRoomsCommands} from './servers/task-rooms.ts'

/** The commands of each server. The keys are the names of the files in `servers`. */
export interface Servers {
  boardcast: BoardcastCommands
  'better-sse': ServerCommands
  'changes-to-sockets': ChangesToSocketsCommands
  'chunked-response': HttpStreamsCommands
  defaults: DefaultsCommands
  koa: HttpStreamsCommands
  large: LargeCommands
  nchan: NchanCommands
  'plain-response': HttpStreamsCommands
  'raw-socket': ServerCommands
  'sprint-boards': SprintBoardsCommands
  'task-rooms': TaskRoomsCommands
  ws: ServerCommands
}

export interface Server<Table extends Commands = ServerCommands> extends Address {
  child: Child<Table>
}

export type Load = Child<LoadCommands>

export interface Pair<Table extends Commands = ServerCommands> {
  server: Server<Table>
  load: Load
}

const noHeartbeatSeconds = 100_000 // longer than any run of the bench, so the server sends no heartbeat

// The path of the module in Debian's package libnginx-mod-nchan.
const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so'
const nginx: Omit<NchanOptions, 'heartbeatSeconds'> = {module: nchanModule, maxConnections: fileLimit - 500}

export class Processes {
  readonly #folder = build()
  readonly #wanted: readonly string[] | undefined
  #loads = 0
  #stops: (() => Promise<void>)[] = []

  /** `wanted` is the servers that the rows compare. Default: all servers that this machine can run. */
  constructor(wanted?: readonly string[]) {
    this.#wanted = wanted
  }

  /** Filters the given servers: returns only the wanted servers that this machine can run. */
  installed<Name extends keyof Servers>(names: readonly Name[]): Name[] {
    const isInstalled = (name: Name) => name !== 'nchan' || existsSync(nchanModule)
    return names.filter(name => isInstalled(name) && (this.#wanted?.includes(name) ?? true))
  }

  /** Starts a server. By default, the server sends no heartbeats. */
  async server<Name extends keyof Servers>(
    name: Name,
    options: Partial<AppOptions & NchanOptions> = {},
    core?: number,
  ): Promise<Server<Servers[Name]>> {
    const all = {heartbeatSeconds: noHeartbeatSeconds, ...nginx, ...options}
    const child = this.#start<Servers[Name]>(`servers/${name}.js`, all, core)
    const address = await (child as Child<ServerCommands>).call('address')
    return {child, ...address}
  }

  load(core?: number): Load {
    const options: LoadOptions = {network: ++this.#loads}
    return this.#start('load/load-process.js', options, core)
  }

  /**
   * Starts a server and its load generator. When `pinned` is true, the two processes run on different cores, so
   * that the processes do not compete for a core. `pinned` has no effect on a machine with one core.
   */
  async pair<Name extends keyof Servers>(name: Name, {pinned = false} = {}): Promise<Pair<Servers[Name]>> {
    const [serverCore, loadCore] = pinned && canPin ? [0, 1] : []
    return {server: await this.server(name, {}, serverCore), load: this.load(loadCore)}
  }

  /** Starts a Postgres server that syncs every commit to the disk. Returns undefined when this platform has no Postgres. */
  async postgres(): Promise<PostgresServer | undefined> {
    const server = await startPostgres()
    if (server) this.#stops.push(server.stop)
    return server
  }

  /** Like `postgres`, for rows that cannot use the embedded store. Throws an error when this platform has no Postgres. */
  async requirePostgres(): Promise<PostgresServer> {
    const server = await this.postgres()
    if (!server)
      throw new Error('This row needs Postgres, and npm has not installed Postgres for this platform')
    return server
  }

  /**
   * Runs the program with the settings in `env`. `preload` is a file in `servers` that is loaded before the program.
   */
  async program(env: ProgramOptions['env'], preload?: string): Promise<Program> {
    const program = await startProgram({
      main: join(this.#folder, 'src/main.js'),
      env,
      ...(preload && {preload: join(this.#folder, 'tests/bench/servers', `${preload}.js`)}),
    })
    this.#stops.push(async () => {
      await program.stop()
    })
    return program
  }

  /**
   * Builds the page, and runs the program with a new database and no limits of changes. The program accepts tokens that
   * are signed with the secret. `restart` runs the program again on the same port, after it was stopped.
   */
  async page(secret: string): Promise<Program & {restart(): Promise<Program>}> {
    const vite = join(checkout, 'node_modules/vite/bin/vite.js')
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {cwd: checkout, stdio: 'inherit'})
    const postgres = await this.requirePostgres()
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      AUTH_JWT_SECRET: secret,
      MAX_CHANGES_PER_MINUTE_PER_ORG: '0',
      MAX_CHANGES_PER_MINUTE_PER_USER: '0',
    }
    const program = await this.program(env)
    return {...program, restart: () => this.program({...env, PORT: String(program.port)})}
  }

  /** Creates a temporary folder. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'boardcast-bench-'))
    this.#stops.push(async () => rmSync(folder, {recursive: true, force: true}))
    return folder
  }

  /** Ends all started processes, in the reverse order of their starts. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop()
  }

  /** Deletes the compiled files. `stop` must be called before `close`. */
  close(): void {
    rmSync(this.#folder, {recursive: true, force: true})
  }

  #start<Table extends Commands>(script: string, options: object, core?: number) {
    const child = new Child<Table>(join(this.#folder, 'tests/bench', script), options, core)
    this.#stops.push(() => child.stop())
    return child
  }
}
