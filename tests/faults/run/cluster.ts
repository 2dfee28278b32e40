/**
 * The system of a fault run: Postgres, the bus, two servers, and a balancer for the clients. All connections pass
 * through links, on which faults can occur.
 */
import {randomBytes} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {createClient} from 'redis'
import {type ServerProcess, startProcess} from '../../helpers/process.ts'
import {type RedisServer, startRedis} from '../../helpers/redis-server.ts'
import {type DiskKind, FaultDatabase} from './database.ts'
import {Door, Link} from './link.ts'
import {splitPostgres, splitRedis} from './messages.ts'
import type {Random} from './random.ts'

export type BusKind = 'postgres' | 'redis'

export const heartbeatSeconds = 1
const checkpointIntervalMs = 200 // with the default of 30 s, few boards would be compared during a run
const serverCount = 2
/** The index of the server that runs with workers. The other server is a single process. */
export const serverWithWorkers = 1
const workerCount = 2
const preload = fileURLToPath(new URL('preload.mjs', import.meta.url))
const startTimeoutMs = 120_000
const readyTimeoutMs = 90_000

export interface Cluster {
  /** The address of the balancer. */
  url: string
  secret: string
  servers: readonly ServerNode[]
  database: FaultDatabase
  /** Undefined when the bus is Postgres. */
  redis: RedisServer | undefined
  /** Sends a payload to all listeners of the bus. */
  announce(organizationId: string, payload: string): Promise<void>
  /** Ends all faults of the servers and their links. Starts stopped servers. Resolves when every server is ready. */
  heal(): Promise<void>
  /** Stops the servers with SIGTERM. Returns their exit codes. */
  stopServers(): Promise<(number | null)[]>
  stop(): Promise<void>
}

/** Starts the whole system. Returns undefined when this platform has no Postgres. */
export async function startCluster(
  {bus, disk}: {bus: BusKind; disk: DiskKind},
  random: Random,
): Promise<Cluster | undefined> {
  const database = await FaultDatabase.start(disk)
  if (!database) return undefined
  const secret = randomBytes(32).toString('hex')
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-faults-'))
  const redis = bus === 'redis' ? await startRedis() : undefined
  const servers: ServerNode[] = []
  const balancer = await Door.open(socket => balance(servers, socket, random))
  for (let index = 0; index < serverCount; index++) {
    servers.push(await ServerNode.create({index, database, redis, secret, folder, random: random.fork()}))
  }
  const abandon = () => {
    for (const server of servers) server.kill()
    void redis?.stop()
    database.kill()
    rmSync(folder, {recursive: true, force: true})
  }
  process.once('exit', abandon) // ends the processes of an interrupted run, which does not call `stop`
  await Promise.all(servers.map(server => server.start()))
  return {
    url: `http://127.0.0.1:${balancer.port}`,
    secret,
    servers,
    database,
    redis,
    async announce(organizationId, payload) {
      if (redis) await publishInRedis(redis, `boardcast:${organizationId}`, payload)
      else await database.query('select pg_notify($1, $2)', ['boardcast', payload])
    },
    async heal() {
      for (const server of servers) await server.heal()
      await Promise.all(servers.map(server => server.ready()))
    },
    async stopServers() {
      await Promise.all(servers.map(server => server.end('SIGTERM')))
      return servers.map(({stops}) => stops.at(-1) ?? null)
    },
    async stop() {
      balancer.lock()
      await Promise.all(servers.map(server => server.stop()))
      await redis?.stop()
      await database.stop()
      process.off('exit', abandon)
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

async function publishInRedis({url}: RedisServer, channel: string, payload: string): Promise<void> {
  const client = createClient({url, socket: {reconnectStrategy: false}})
  client.on('error', () => {}) // does nothing, because `connect` rejects with the same error
  await client.connect()
  await client.publish(channel, payload)
  client.destroy()
}

/** Connects the client with a server that is chosen at random from the running servers. */
function balance(servers: readonly ServerNode[], socket: Socket, random: Random): void {
  const running = servers.filter(({isRunning}) => isRunning)
  random.pick(running.length > 0 ? running : servers).clients.accept(socket)
}

interface ServerOptions {
  index: number
  database: FaultDatabase
  redis: RedisServer | undefined
  secret: string
  folder: string
  random: Random
}

export class ServerNode {
  readonly index: number
  /** The connections from the clients. */
  readonly clients: Link
  /** The connections to the tables in Postgres. */
  readonly store: Link
  /** The connections to the bus. */
  readonly bus: Link
  /** The ports through which the server reaches Postgres and Redis. */
  readonly storeDoor: Door
  readonly busDoor: Door
  /** For each exit that the fault run did not cause: the exit code, and the last lines of output. */
  readonly crashes: string[] = []
  /** The exit code of each process that received SIGTERM. */
  readonly stops: (number | null)[] = []
  /** The time from `performance.now` when the run last killed the server or one of its workers. */
  killedAt = Number.NEGATIVE_INFINITY
  /** The log lines with the level `error` or higher that earlier processes of this server wrote. */
  readonly #errors: string[] = []
  readonly #env: Record<string, string>
  readonly #clockFile: string
  #process: ServerProcess | undefined
  #starting: Promise<void> | undefined
  #isWanted = true
  #isClosed = false

  private constructor(
    options: ServerOptions,
    links: {store: Link; bus: Link},
    doors: {store: Door; bus: Door},
  ) {
    const {index, database, redis, secret, folder, random} = options
    this.index = index
    this.store = links.store
    this.bus = links.bus
    this.storeDoor = doors.store
    this.busDoor = doors.bus
    this.clients = new Link({port: () => this.#port, random})
    this.#clockFile = join(folder, `clock-${index}`)
    const url = new URL(database.url)
    url.port = String(doors.store.port)
    this.#env = {
      DATABASE_URL: url.href,
      ...(redis && {REDIS_URL: `redis://127.0.0.1:${doors.bus.port}`}),
      AUTH_JWT_SECRET: secret,
      HEARTBEAT_SECONDS: String(heartbeatSeconds),
      CHECKPOINT_INTERVAL_MS: String(checkpointIntervalMs),
      // The server cannot notice that a client behind a silent connection is gone. The streams of such clients stay
      // open, so the maximum number of streams must be high.
      MAX_STREAMS_PER_USER: '100000',
      WORKERS: String(workersOf(index)),
      NODE_OPTIONS: `--import ${preload}`,
      CLOCK_OFFSET_FILE: this.#clockFile,
    }
  }

  static async create(options: ServerOptions): Promise<ServerNode> {
    const {database, redis, random} = options
    const postgresPort = () => database.port
    const store = new Link({port: postgresPort, random})
    const bus = redis
      ? new Link({port: () => Number(new URL(redis.url).port), split: splitRedis, random})
      : new Link({port: postgresPort, split: splitPostgres, random})
    const storeDoor = await Door.open(socket => {
      socket.on('error', () => {})
      // [spec] PostgreSQL: the first message of a connection contains the application name. The name shows whether the
      // connection belongs to the bus.
      socket.once('data', first => {
        socket.pause()
        const link = first.includes('boardcast bus') ? bus : store
        link.accept(socket, first)
      })
    })
    const busDoor = redis ? await Door.open(socket => bus.accept(socket)) : storeDoor
    return new ServerNode(options, {store, bus}, {store: storeDoor, bus: busDoor})
  }

  /** Returns the log lines with the level `error` or higher that all processes of this server wrote. */
  errorLines(): string[] {
    return [...this.#errors, ...(this.#process?.output.filter(isError) ?? [])]
  }

  /** The address of the server without the links. Nothing listens there while the server does not run. */
  get directUrl(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  /**
   * Starts the server. Tries again while the database is unavailable. Rejects when the server has not started within two
   * minutes.
   */
  start(): Promise<void> {
    this.#isWanted = true
    this.#starting ??= this.#startNow().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #startNow(): Promise<void> {
    const latest = Date.now() + startTimeoutMs
    while (!this.#process && !this.#isClosed) {
      try {
        this.#watch(await startProcess(this.#env))
      } catch (error) {
        if (Date.now() > latest) throw error
        await delay(300)
      }
    }
  }

  /** Resolves when the process has exited. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isWanted = false
    const running = this.#process
    if (!running) return
    if (signal === 'SIGKILL') this.killedAt = performance.now()
    const code = await running.end(signal)
    if (signal === 'SIGTERM') this.stops.push(code)
  }

  /** Kills the server and its workers without waiting. */
  kill(): void {
    this.#isWanted = false
    this.#signalAll('SIGKILL')
  }

  /** Kills one worker. Does nothing when no worker runs. */
  killWorker(random: Random): void {
    const pids = this.#workerPids()
    this.killedAt = performance.now()
    if (pids.length > 0) signal(random.pick(pids), 'SIGKILL')
  }

  /** Suspends the server and its workers. */
  suspend(): void {
    this.#signalAll('SIGSTOP')
  }

  resume(): void {
    this.#signalAll('SIGCONT')
  }

  /** Sets the difference between the wall clock of the server and the real time. */
  setClock(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs))
  }

  async heal(): Promise<void> {
    this.setClock(0)
    for (const link of [this.clients, this.store, this.bus]) link.heal()
    await this.storeDoor.unlock()
    await this.busDoor.unlock()
    this.resume()
    await this.start()
  }

  async ready(): Promise<void> {
    const latest = Date.now() + readyTimeoutMs
    while (!(await this.#isReady())) {
      if (Date.now() > latest) throw new Error(`Server ${this.index} is not ready`)
      await delay(100)
    }
  }

  async stop(): Promise<void> {
    this.#isClosed = true
    const {exited} = this.#process ?? {}
    this.kill()
    await exited
    for (const link of [this.clients, this.store, this.bus]) link.close()
    this.storeDoor.lock()
    this.busDoor.lock()
  }

  get #port(): number {
    // Nothing listens on port 1. While the server does not run, its clients are therefore refused.
    return this.#process ? Number(new URL(this.#process.url).port) : 1
  }

  #watch(process: ServerProcess): void {
    this.#process = process
    void process.exited.then(code => {
      this.#process = undefined
      this.#errors.push(...process.output.filter(isError))
      if (!this.#isWanted) return
      this.crashes.push(`server ${this.index} exited with ${code}:\n${process.output.slice(-5).join('\n')}`)
      if (!this.#isClosed) this.start().catch(error => this.crashes.push(error.message))
    })
  }

  #signalAll(name: NodeJS.Signals): void {
    if (!this.#process) return
    for (const pid of [this.#process.pid, ...this.#workerPids()]) signal(pid, name)
  }

  /** Finds the running workers in the log of the server, and returns their process ids. */
  #workerPids(): number[] {
    const pids = new Map<number, number>()
    for (const line of this.#process?.output ?? []) {
      const isReady = line.includes('"worker is ready"')
      if (!isReady && !line.includes('"a worker has ended')) continue
      const {worker, pid} = JSON.parse(line)
      if (isReady) pids.set(worker, pid)
      else pids.delete(worker)
    }
    return [...pids.values()]
  }

  async #isReady(): Promise<boolean> {
    if (!this.#process) return false
    try {
      const {ok} = await fetch(`${this.#process.url}/readyz`, {signal: AbortSignal.timeout(3_000)})
      return ok
    } catch {
      return false
    }
  }
}

function workersOf(server: number): number {
  return server === serverWithWorkers ? workerCount : 1
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // The process has just exited.
  }
}

/** pino's levels: 50 is `error`. A line that is not JSON is an error that Node has printed. */
function isError(line: string): boolean {
  const level = /^\{"level":(\d+)/.exec(line)?.[1]
  return level === undefined || Number(level) >= 50
}
