/** What the suite needs to know about a server. An adapter implements this interface for one server. */
import type {ReceivedEvent} from './wire/event-parser.ts'

/** The request that opens a stream with the method GET. */
export interface StreamRequest {
  url: string
  /** For example credentials. */
  headers?: Readonly<Record<string, string>>
}

/** The default export of a module with an adapter. */
export interface Adapter {
  /** The name of the server in the results. */
  name: string
  /** Why the server cannot run here, for example because a program is missing. Undefined when the server can run. */
  missing?(): string | undefined
  /** Starts the server or connects to the server. */
  start(options: AdapterOptions): Promise<Target>
}

export interface AdapterOptions {
  /** The value of `--url`: the URL of a stream of a running server. */
  url?: string | undefined
  /** The values of `--option name=value`. */
  options: Readonly<Record<string, string>>
}

/**
 * A running server. Only `stream`, `publish` and `stop` are required. Each further member is a capability. The cases
 * that need a missing capability are not applicable.
 */
export interface Target {
  /** The version of the server in the results. */
  version?: string
  stream: StreamRequest
  /** Publishes one event with this text to the stream. Resolves when the server has accepted the event. */
  publish(text: string): Promise<void>
  /** Stops everything that `start` has started. */
  stop(): Promise<void>

  /** Returns the text of a published event, or undefined for an event of the server itself. Default: the data. */
  textOf?(event: ReceivedEvent): string | undefined
  /** Whether the server accepts the text. Default: the server accepts every text. */
  accepts?(text: string): boolean
  /** The greatest number of UTF-16 code units of a text. Default 1 048 576. */
  maxTextLength?: number
  /** Whether the event tells that the reader receives live events from now on. Default: the head tells this. */
  isReady?(event: ReceivedEvent): boolean
  /** The number of streams that the server accepts at the same time. Default 100. */
  maxStreams?: number

  /** The server promises that a reader who sends `Last-Event-ID` misses no event. */
  resume?: Resume
  /** The server sends something at least every `heartbeatSeconds` seconds. */
  heartbeatSeconds?: number
  /** Pages of the origin `allowed` may read the stream, and pages of the origin `refused` must not. */
  origins?: {allowed: string; refused: string}
  /** A stream request with an invalid credential. */
  unauthorized?: StreamRequest
  /** A stream request that the server answers with 204, because the stream has finished. */
  finished?: StreamRequest
  /** Creates a credential that ends soon, and the stream request with this credential. */
  expire?(): Promise<Expiry>
  process?: ServerProcess
  /** The bytes of memory that the server uses. */
  memoryBytes?(): Promise<number>
  /** The number of streams that the server counts as open. */
  openStreams?(): Promise<number>
}

export interface Resume {
  /** Whether the event tells the reader that the server cannot deliver all events after the id. */
  isGap?(event: ReceivedEvent): boolean
  /** Returns an id that the server could give to a later event, but has not given yet. */
  futureId?(lastId: string): string
  /** Deletes the stored events, so that readers cannot resume from the ids of these events. */
  forget?(): Promise<void>
  /** The query parameter that a reader can use instead of the header. */
  parameter?: string
  /** Whether acknowledged events are kept when the process is killed. */
  isDurable?: boolean
}

export interface Expiry {
  stream: StreamRequest
  /** The end of the credential, in milliseconds since 1970. */
  endsAt: number
  /** Whether the event tells the reader that the credential ends or has ended. */
  isExpiry?(event: ReceivedEvent): boolean
}

export interface ServerProcess {
  /** Kills the process at once. Resolves when the process has exited. */
  kill(): Promise<void>
  /** Asks the process to stop. Resolves with the exit code when the process has exited; null after a signal. */
  terminate(): Promise<number | null>
  /** Starts the process again, with the same URL and the same data. */
  start(): Promise<void>
  /** Seconds in which a stopping process ends its streams and exits. Default 10. */
  drainSeconds?: number
  /** Whether the event tells the reader that the server ends the stream. */
  isDrain?(event: ReceivedEvent): boolean
}
