/** The process around every server of the bench: it hands out events on demand and measures itself. */
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
  /** What opens a stream. Default: a GET that any server understands. */
  request?: string
  /** What a reader finds in the bytes of a stream that is open. Default 'stream.ready'. */
  readyMark?: string
  /** Gives events that came in one turn of the event loop to all streams. */
  broadcast?(events: readonly BenchEvent[]): void
  /** How it is told to broadcast, where that is not by us. */
  trigger?: Trigger
  /** What the server answers beside the common commands, or instead of them. */
  commands?: Commands
}

/** Whoever paces the events connects to this port. */
export interface Trigger {
  port: number
  /** What publishes one event; null: one byte publishes as many events as its value, in one turn. */
  request: string | null
}

export interface Address {
  port: number
  request: string
  readyMark: string
  trigger: Trigger
}

export interface Memory {
  /** Bytes of the process in main memory. */
  rss: number
  /** Bytes in use of V8's heap. NaN where there is none. */
  heap: number
}

/** What every server answers. */
export type ServerCommands = {
  address(): Address
  /** Microseconds of CPU used so far. */
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

/** The port that the server got on loopback. */
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

/** Twice, with a pause in which what the first collection found unused is let go. */
async function measureMemory(): Promise<Memory> {
  await collectGarbage()
  await delay(200)
  await collectGarbage()
  const {rss, heapUsed} = process.memoryUsage()
  return {rss, heap: heapUsed}
}

/** As V8 does it when memory runs out: what is free goes back to the system, and is in no later figure. */
async function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.collectGarbage')
  session.disconnect()
}
