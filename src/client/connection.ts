/** One stream that is never given up: what to do after each way in which a connection can fail. README has the table. */
import type {BoardEvent} from '../board/events.ts'
import {Problem} from '../board/problem.ts'
import type {ResetReason, StreamEvent} from '../board/stream-events.ts'
import {type Api, isSignedOut} from './api.ts'
import {backoff} from './backoff.ts'
import {pathOf, type Wanted} from './selection.ts'
import {type Close, overFetch, type StreamEnd, type Transport} from './transport.ts'
import {watch} from './watchdog.ts'

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
  transport: Transport
  /** That of the connection whose place this one takes, if any: to be live again soon is to have stayed it. */
  status?: Status | undefined
}

// Milliseconds until the first byte. An EventSource that comes back by itself waits first, as the server asks: 10 s at
// the most.
const opening = 20_000
const grace = 2_000 // for a planned move to another connection, before it is shown
const leastRetry = 500 // whatever the server says: never a tight loop

/** What a connection is doing, for those who hold it. */
export interface ConnectionState {
  cursor: string | undefined
  wanted: Wanted
  status: Status
  /** Milliseconds between signs of life, as the server tells; a guess before it has. */
  heartbeat: number
}

/** Where a stream's events come from: a connection, or another tab's. */
export interface Source {
  /** Something happened that may have killed the connection; `certain`: that most likely has. */
  wake(certain?: boolean): void
  /** The browser says that the network is gone; but a server on this machine may be reached all the same. */
  offline(): void
  close(): void
}

export interface Connection extends Source {
  readonly state: ConnectionState
  /** Goes on from another place or with another selection; nobody sees it when it takes no time. */
  reopen(wanted: Wanted, cursor: string | undefined): void
}

export function connect(start: ConnectionStart, on: ConnectionListener): Connection {
  const {api, wanted, cursor, status = 'connecting'} = start
  const state: ConnectionState = {cursor, wanted, status, heartbeat: 15_000}
  const watchdog = watch(fallSilent)
  let {transport} = start
  let closeTransport: Close | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let graceTimer: ReturnType<typeof setTimeout> | undefined
  let attempts = 0 // counted, so that what belongs to an earlier one is known as such
  let failures = 0
  let refusals = 0
  let isHeard = false // the server itself has spoken on this connection
  let isReplay = true
  let wasLive = false
  let isReturning = false // an EventSource waits, to come back by itself
  let lastId: string | undefined // behind which it would: the last id it saw, or the one in its address

  moveOn()
  void open()
  return {
    state,
    reopen(wanted, cursor) {
      Object.assign(state, {wanted, cursor})
      moveOn()
      void open()
    },
    wake(certain) {
      if (certain || timer || isReturning) void open()
      else watchdog.suspect()
    },
    offline() {
      const attempt = attempts
      api.call('GET', '/me').catch(error => {
        if (attempt === attempts && !(error instanceof Problem)) fail(error)
      })
    },
    close() {
      drop()
      endGrace()
    },
  }

  async function open(isRefused = false): Promise<void> {
    drop()
    const attempt = attempts
    watchdog.expect(opening)
    try {
      const token = await api.token(isRefused)
      if (attempt !== attempts) return
      lastId = state.cursor
      closeTransport = transport(api, pathOf(state.wanted, state.cursor), token, {
        message: receive,
        ended,
      })
    } catch (error) {
      if (attempt === attempts) fail(error)
    }
  }

  /** Ends whatever is under way. */
  function drop(): void {
    attempts++
    clearTimeout(timer)
    timer = undefined
    watchdog.stop()
    closeTransport?.()
    closeTransport = undefined
    isHeard = isReturning = false
  }

  function receive(data: string, id: string): void {
    const event = JSON.parse(data) as BoardEvent | StreamEvent
    watchdog.hear()
    lastId = id || lastId
    switch (event.type) {
      case 'stream.open':
        opened(event.heartbeat_seconds, event.cursor)
        break
      case 'stream.reset':
        state.cursor = event.cursor
        on.reset(event.reason, event.cursor)
        break
      case 'stream.ready':
        stand(id, event.timestamp)
        isReplay = false
        say('live')
        break
      case 'stream.heartbeat':
        stand(id, event.checked_at)
        break
      case 'stream.drain':
        moveOn()
        stand(id)
        break
      case 'stream.unavailable':
        isHeard = true
        say('reconnecting')
        break
      default:
        state.cursor = id
        on.event(event, {cursor: id, isReplay})
    }
  }

  function opened(heartbeatSeconds: number, cursor: string): void {
    isHeard = isReplay = true
    isReturning = false
    failures = refusals = 0
    state.heartbeat = heartbeatSeconds * 1_000
    watchdog.expect(2.5 * state.heartbeat)
    // A cursor that cannot be served is answered with another place and then a reset. If the connection breaks
    // between the two, the old cursor must be asked for again, or nobody would ever hear of the reset.
    if (!state.cursor || state.cursor === 'earliest') stand(cursor)
  }

  function stand(cursor: string, checkedAt?: string): void {
    state.cursor = cursor
    on.position(cursor, checkedAt)
  }

  function ended({returns, retry, refused, error}: StreamEnd): void {
    if (isHeard) {
      sayLost()
      if (returns && lastId === state.cursor) {
        isHeard = false
        isReturning = true
        watchdog.expect(opening)
      } else {
        wait(Math.max(leastRetry, retry ?? 0))
      }
    } else if (refused) {
      void askWhy()
    } else if (isSignedOut(error)) {
      refuse()
    } else {
      fail(error ?? new Error('No answer.'))
    }
  }

  function fallSilent(): void {
    if (isHeard) {
      sayLost()
      void open()
    } else {
      fail(new Error('No answer.'))
    }
  }

  /** An EventSource was refused and does not know why. */
  async function askWhy(): Promise<void> {
    drop()
    const attempt = attempts
    const error = await api.call('GET', '/me').then(
      () => undefined,
      error => error,
    )
    if (attempt !== attempts) return
    if (isSignedOut(error)) {
      refuse()
    } else if (error) {
      fail(error)
    } else if (refusals++ === 0) {
      // The credentials are good, at least by now: the refused ones had perhaps expired.
      void open()
    } else {
      // It is the request itself; fetch can read what is wrong with it.
      transport = overFetch
      wait(backoff(++failures))
    }
  }

  function refuse(): void {
    if (api.options.getToken && refusals++ === 0) {
      void open(true)
    } else {
      say('signed-out')
      wait(backoff(++failures), true)
    }
  }

  function fail(error: unknown): void {
    on.error(error)
    say('reconnecting')
    wait(backoff(++failures))
  }

  function wait(milliseconds: number, isRefused = false): void {
    drop()
    timer = setTimeout(() => void open(isRefused), milliseconds)
  }

  /** A planned move to another connection is shown only when it takes long. */
  function moveOn(): void {
    if (state.status !== 'live') return
    endGrace()
    graceTimer = setTimeout(() => say('reconnecting'), grace)
  }

  function endGrace(): void {
    clearTimeout(graceTimer)
    graceTimer = undefined
  }

  function sayLost(): void {
    if (!graceTimer) say('reconnecting')
  }

  function say(status: Status): void {
    endGrace()
    if (status === 'live') wasLive = true
    const shown = status === 'reconnecting' ? unlive(wasLive) : status
    if (shown === state.status) return
    state.status = shown
    on.status(shown)
  }
}

/** What not to be live is called. */
export function unlive(wasLive: boolean): Status {
  if (globalThis.navigator?.onLine === false) return 'offline'
  return wasLive ? 'reconnecting' : 'connecting'
}
