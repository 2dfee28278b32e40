/** Runs a server of the bench in its own process, publishes events on demand, and measures the process. */
import {once} from 'node:events'
import {Session} from 'node:inspector/promises'
import {type AddressInfo, createServer, type Server as NetServer} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'
import {answerCalls, type Commands, cpuTime, startOptions} from '../commands.ts'
import {type BenchEvent, makeEvent, readyMark, streamRequest} from './events.ts'
import {heapByKind} from './heap.ts'
import {startProfile, stopProfile} from './profile.ts'

export interface ServerOptions {
  heartbeatSeconds: number
}

export interface BenchServer {
  port: number
  /** The request that opens a stream. Default: a plain GET. */
  request?: string
  /** A stream is open when the server has sent this text. Default 'stream.ready'. */
  readyMark?: string
  /** In one turn of the event loop, sends the events to all streams. */
  broadcast?(events: readonly BenchEvent[]): void
  /** How the load generator makes the server publish events. Default: through the control port of this process. */
  trigger?: Trigger
  /**
   * Commands in addition to the common commands. A command in `commands` replaces the common command with the same
   * name.
   */
  commands?: Commands
}

/** The port and the request with which the load generator makes the server publish events. */
export interface Trigger {
  port: number
  /**
   * The request that publishes one event. When `request` is null, the load generator sends a byte with the value n, and
   * the server then publishes n events.
   */
  request: string | null
}

export interface Address {
  port: number
  request: string
  readyMark: string
  trigger: Trigger
}

export interface Memory {
  /** Resident memory of the process in bytes. */
  rss: number
  /** Used bytes of V8's heap; NaN when the server does not run in Node. */
  heap: number
}

/** The commands of every server. */
export type ServerCommands = {
  address(): Address
  /** Returns the microseconds of CPU time that the server has used. */
  cpu(): number
  /** Measures the memory after a garbage collection. */
  memory(): Promise<Memory>
  startProfile: typeof startProfile
  stopProfile: typeof stopProfile
  heapByKind: typeof heapByKind
}

export async function runServer<Options extends ServerOptions>(
  start: (options: Options) => Promise<BenchServer>,
): Promise<void> {
  const server = await start(startOptions())
  const trigger = server.trigger ?? (await openTrigger(server))
  const common: ServerCommands = {
    address: () => ({
      port: server.port,
      request: server.request ?? streamRequest,
      readyMark: server.readyMark ?? readyMark,
      trigger,
    }),
    cpu: cpuTime,
    memory: measureMemory,
    startProfile,
    stopProfile,
    heapByKind,
  }
  answerCalls({...common, ...server.commands})
}

/** Makes the server listen on loopback; returns its port. */
export async function listen(server: NetServer): Promise<number> {
  server.listen({host: '127.0.0.1', port: 0, backlog: 4096})
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function openTrigger({broadcast}: BenchServer): Promise<Trigger> {
  let seq = 0
  const bursts: number[] = []
  const next = () => {
    const size = bursts.shift()!
    broadcast?.(Array.from({length: size}, () => makeEvent(++seq)))
    if (bursts.length > 0) setImmediate(next)
  }
  const server = createServer(socket => {
    socket.setNoDelay()
    socket.on('error', () => {})
    socket.on('data', sizes => {
      if (bursts.length === 0) setImmediate(next)
      bursts.push(...sizes)
    })
  })
  return {port: await listen(server), request: null}
}

/** Collects garbage twice, because finalizers that run after the first collection release more objects. */
async function measureMemory(): Promise<Memory> {
  await collectGarbage()
  await delay(200)
  await collectGarbage()
  const {rss, heapUsed} = process.memoryUsage()
  return {rss, heap: heapUsed}
}

/**
 * Collects garbage as V8 does when memory is low. V8 then returns free pages to the system, and the RSS becomes
 * smaller.
 */
async function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.collectGarbage')
  session.disconnect()
}
