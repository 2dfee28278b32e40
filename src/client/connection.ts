/** One stream that is never given up: what to do after each way in which a connection can fail. README has the table. */
import type {BoardEvent} from '../board/events.ts'
import {Problem} from '../board/problem.ts'
import type {ResetReason, StreamEvent} from '../board/stream-events.ts'
import {type Api, isSignedOut} from './api.ts'
import {backoff} from './backoff.ts'
import {pathOf, type Wanted} from './selection.ts'
import {type Close, overEventSource, overFetch, type StreamEnd} from './transport.ts'
import {Watchdog} from './watchdog.ts'

/**
 * `connecting`: not live yet for the first time. `live`: everything up to now is here, and what comes will be.
 * `reconnecting`: it was live, and will be again. `offline`: the browser has no network. `signed-out`: the
 * credentials are refused, and so were those that the caller gave then.
 */
export type Status = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'signed-out'

/** Where an event stands. */
export interface EventPlace {
  /** Where the stream stands behind it: to be kept, if the stream shall go on from here some day. */
  cursor: string
  /** It happened while the stream was away. */
  isReplay: boolean
}

/** What a stream brings, in order. */
export interface ConnectionListener {
  event(event: BoardEvent, place: EventPlace): void
  /** Everything up to `cursor` has been brought; `checkedAt` when the server last looked (RFC 3339). */
  position(cursor: string, checkedAt?: string): void
  /** The cursor could not be served; what follows begins behind this one. */
  reset(reason: ResetReason, cursor: string): void
  status(status: Status): void
  /** A connection failed; it is tried again all the same. */
  error(error: unknown): void
}

export interface ConnectionStart {
  api: Api
  wanted: Wanted
  /** Undefined: live from now. */
  cursor: string | undefined
  transport: 'eventsource' | 'fetch'
}

const opening = 15_000 // milliseconds until the first byte of a connection that we open
const returning = 30_000 // the same where EventSource waits before it opens: the server asks for 10 s at the most
const grace = 2_000 // for a planned move to another connection, before it is shown
const usualRetry = 1_000 // where the server did not say
const leastRetry = 250 // whatever it says: never a tight loop

export class Connection {
  cursor: string | undefined
  wanted: Wanted
  status: Status = 'connecting'
  /** Milliseconds between signs of life, as the server tells; a guess before it has. */
  heartbeat = 15_000
  readonly #api: Api
  readonly #on: ConnectionListener
  readonly #watchdog = new Watchdog(() => this.#silent())
  #transport: 'eventsource' | 'fetch'
  #close: Close | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  /** Counts connections, so that what belongs to an earlier one is known as such. */
  #number = 0
  #failures = 0
  #refusals = 0
  /** The server itself has spoken on this connection. */
  #isHeard = false
  #isReplay = true
  #wasLive = false
  /** An EventSource waits, to return by itself. */
  #isReturning = false
  /** Behind which an EventSource would return: the last id it saw, or the one in its address. */
  #lastId: string | undefined

  constructor({api, wanted, cursor, transport}: ConnectionStart, listener: ConnectionListener) {
    this.#api = api
    this.#on = listener
    this.#transport = transport
    this.wanted = wanted
    this.cursor = cursor
    void this.#open()
  }

  /** Goes on from another place or with another selection; nobody sees it when it takes no time. */
  reopen(wanted: Wanted, cursor: string | undefined): void {
    this.wanted = wanted
    this.cursor = cursor
    this.#moveOn()
    void this.#open()
  }

  /** Something happened that may have killed the connection; `certain`: that most likely has. */
  wake(certain = false): void {
    if (certain || this.#timer || this.#isReturning) void this.#open()
    else this.#watchdog.suspect()
  }

  /** The browser says that the network is gone; but a server on this machine may be reached all the same. */
  async offline(): Promise<void> {
    const number = this.#number
    await this.#api.probe().catch(error => {
      if (number === this.#number && !(error instanceof Problem)) this.#fail(error)
    })
  }

  close(): void {
    this.#drop()
    this.#endGrace()
  }

  async #open(refused = false): Promise<void> {
    this.#drop()
    const number = this.#number
    this.#watchdog.expect(opening)
    try {
      const token = await this.#api.token(refused)
      if (number !== this.#number) return
      this.#lastId = this.cursor
      const transport = this.#transport === 'fetch' ? overFetch : overEventSource
      this.#close = transport(this.#api, pathOf(this.wanted, this.cursor), token, {
        message: (data, id) => this.#receive(data, id),
        ended: end => this.#ended(end),
      })
    } catch (error) {
      if (number === this.#number) this.#fail(error)
    }
  }

  /** Ends whatever is under way. */
  #drop(): void {
    this.#number++
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#watchdog.stop()
    this.#close?.()
    this.#close = undefined
    this.#isHeard = this.#isReturning = false
  }

  #receive(data: string, id: string): void {
    const event = JSON.parse(data) as BoardEvent | StreamEvent
    this.#watchdog.hear()
    this.#lastId = id || this.#lastId
    switch (event.type) {
      case 'stream.open':
        this.#opened(event.heartbeat_seconds, event.cursor)
        break
      case 'stream.reset':
        this.cursor = event.cursor
        this.#on.reset(event.reason, event.cursor)
        break
      case 'stream.ready':
        this.#stand(id, event.timestamp)
        this.#isReplay = false
        this.#endGrace()
        this.#say('live')
        break
      case 'stream.heartbeat':
        this.#stand(id, event.checked_at)
        break
      case 'stream.drain':
        this.#moveOn()
        this.#stand(id)
        break
      case 'stream.unavailable':
        this.#isHeard = true
        this.#endGrace()
        this.#say('reconnecting')
        break
      default:
        this.cursor = id
        this.#on.event(event, {cursor: id, isReplay: this.#isReplay})
    }
  }

  #opened(heartbeatSeconds: number, cursor: string): void {
    this.#isHeard = this.#isReplay = true
    this.#isReturning = false
    this.#failures = this.#refusals = 0
    this.heartbeat = heartbeatSeconds * 1_000
    this.#watchdog.expect(2.5 * this.heartbeat)
    // A cursor that cannot be served is answered with another place and then a reset. If the connection breaks
    // between the two, the old cursor must be asked for again, or nobody would ever hear of the reset.
    if (!this.cursor || this.cursor === 'earliest') this.#stand(cursor)
  }

  #stand(cursor: string, checkedAt?: string): void {
    this.cursor = cursor
    this.#on.position(cursor, checkedAt)
  }

  #ended({returns, retry, refused, error}: StreamEnd): void {
    if (this.#isHeard) {
      this.#say('reconnecting')
      if (returns && this.#lastId === this.cursor) this.#letReturn()
      else this.#wait(Math.max(leastRetry, retry ?? usualRetry))
    } else if (refused) {
      void this.#askWhy()
    } else if (isSignedOut(error)) {
      this.#refused()
    } else {
      this.#fail(error ?? new Error('The connection broke before the stream began.'))
    }
  }

  #letReturn(): void {
    this.#isHeard = false
    this.#isReturning = true
    this.#watchdog.expect(returning)
  }

  #silent(): void {
    if (this.#isHeard) {
      this.#say('reconnecting')
      void this.#open()
    } else {
      this.#fail(new Error('The server does not answer.'))
    }
  }

  /** An EventSource was refused and does not know why. */
  async #askWhy(): Promise<void> {
    this.#drop()
    const number = this.#number
    const error = await this.#api.probe().catch(error => error ?? new Error())
    if (number !== this.#number) return
    if (isSignedOut(error)) return this.#refused()
    if (error) return this.#fail(error)
    // The credentials are good, at least by now: the refused ones had perhaps expired.
    if (this.#refusals++ === 0) {
      void this.#open()
      return
    }
    // It is the request itself; fetch can read what is wrong with it.
    this.#transport = 'fetch'
    this.#wait(backoff(++this.#failures))
  }

  #refused(): void {
    if (this.#api.options.getToken && this.#refusals++ === 0) {
      void this.#open(true)
      return
    }
    this.#endGrace()
    this.#say('signed-out')
    this.#wait(backoff(++this.#failures), true)
  }

  #fail(error: unknown): void {
    this.#endGrace()
    this.#on.error(error)
    this.#say('reconnecting')
    this.#wait(backoff(++this.#failures))
  }

  #wait(milliseconds: number, refused = false): void {
    this.#drop()
    this.#timer = setTimeout(() => void this.#open(refused), milliseconds)
  }

  /** A planned move to another connection is shown only when it takes long. */
  #moveOn(): void {
    if (this.status !== 'live') return
    this.#endGrace()
    this.#graceTimer = setTimeout(() => {
      this.#endGrace()
      this.#say('reconnecting')
    }, grace)
  }

  #endGrace(): void {
    clearTimeout(this.#graceTimer)
    this.#graceTimer = undefined
  }

  #say(status: Status): void {
    if (status === 'reconnecting' && this.#graceTimer) return
    if (status === 'live') this.#wasLive = true
    const shown = status === 'reconnecting' ? unlive(this.#wasLive) : status
    if (shown === this.status) return
    this.status = shown
    this.#on.status(shown)
  }
}

/** What not to be live is called. */
export function unlive(wasLive: boolean): Status {
  if (globalThis.navigator?.onLine === false) return 'offline'
  return wasLive ? 'reconnecting' : 'connecting'
}
