/** The process of every server of the bench. It publishes events on demand and measures itself. */
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
  /** The text that marks a stream as open. Default 'stream.ready'. */
  readyMark?: string
  /** Sends the events of one turn of the event loop to all streams. */
  broadcast?(events: readonly BenchEvent[]): void
  /** How to make the server broadcast. Default: through the control port of this process. */
  trigger?: Trigger
  /** Commands that add to the common ones or replace them. */
  commands?: Commands
}

/** The load generator connects to this port to control the pace of events. */
export interface Trigger {
  port: number
  /** The request that publishes one event. Null: a byte publishes as many events as its value, in one turn. */
  request: string | null
}

export interface Address {
  port: number
  request: string
  readyMark: string
  trigger: Trigger
}

export interface Memory {
  /** Resident bytes of the process. */
  rss: number
  /** Used bytes of V8's heap; NaN for a server that is not Node. */
  heap: number
}

/** The commands of every server. */
export type ServerCommands = {
  address(): Address
  /** Microseconds of CPU time used so far. */
  cpu(): number
  /** After garbage collection. */
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

/** Returns the port of the server on loopback. */
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

/** Collects garbage twice, with a pause in which finalizers of the first collection run. */
async function measureMemory(): Promise<Memory> {
  await collectGarbage()
  await delay(200)
  await collectGarbage()
  const {rss, heapUsed} = process.memoryUsage()
  return {rss, heap: heapUsed}
}

/** Collects like V8 when memory runs out: free pages go back to the system, so that no later figure includes them. */
async function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.collectGarbage')
  session.disconnect()
}
