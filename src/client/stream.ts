/** `openTaskStream`: the events of a selection, each once and in order, for as long as the page lives. */
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {Api, type ApiOptions, statusAfter} from './api.ts'
import {connect, type Source} from './connection.ts'
import type {EventPlace, Notification, Status} from './connection-state.ts'
import {isUpTo} from './cursor.ts'
import {keepTrying, type Trying} from './keep-trying.ts'
import {call, type Handlers} from './machine.ts'
import {watchPage} from './page-signals.ts'
import {type Selection, wantedBy} from './selection.ts'
import {connectTogether} from './shared-connection.ts'
import {overEventSource, overFetch} from './transport.ts'

/** A board and the cursor from which its stream continues. */
export type BoardSnapshot = Board & {cursor: string}

export interface Reset {
  reason: ResetReason
  /** The stream goes on from here. */
  cursor: string
  /** The fresh board at `cursor`, where the selection has exactly one sprint. */
  board?: BoardSnapshot
}

export interface TaskStreamOptions extends ApiOptions {
  /** Default: all of topic `tasks`. */
  selection?: Selection | undefined
  /** Continue behind this cursor, as of a board's answer; `earliest`: from the oldest event kept; absent: from now. */
  cursor?: string | undefined
  /** Default: EventSource where there is one and no `headers` are given. */
  transport?: 'eventsource' | 'fetch' | undefined
  /** One connection for all tabs of the browser that want the same topics as the same member. Default: on a page. */
  share?: boolean | undefined
  onEvent?: ((event: BoardEvent, place: EventPlace) => void) | undefined
  onStatus?: ((status: Status) => void) | undefined
  /** Events were lost to this stream for good (its cursor has expired, or a backup was restored): show what is new. */
  onReset?: ((reset: Reset) => void) | undefined
  /** Something failed: a Problem, or an Error where there was no answer. The stream goes on trying all the same. */
  onError?: ((error: unknown) => void) | undefined
}

export interface TaskStream {
  readonly status: Status
  /** Whether the status is `live`. */
  readonly isConnected: boolean
  /** When the server last looked at the log for this stream; undefined before it has. */
  readonly checkedAt: Date | undefined
  /** Up to here everything was given to `onEvent`; undefined before the stream has begun. */
  readonly cursor: string | undefined
  /** Tries at once: after a sign-in, or because somebody wishes it. */
  reconnect(): void
  close(): void
}

export function openTaskStream(options: TaskStreamOptions = {}): TaskStream {
  return receive(options, new Api(options))
}

interface ReceiveOptions extends TaskStreamOptions {
  /** The stream begins with the board of the one sprint that is selected. */
  onBoard?: (board: BoardSnapshot) => void
}

/**
 * What a stream does with what its connection brings: each event once, and a fresh board before what follows a reset.
 * With `onBoard` it begins with the board of the one sprint that is selected.
 */
export function receive(options: ReceiveOptions, api: Api): TaskStream {
  const wanted = wantedBy(options.selection)
  const [sprintId, another] = wanted.sprint_id ?? []
  let source: Source | undefined
  let reported: Status = 'connecting' // the source's own
  let wasLive = false
  let loading: Trying | undefined // a board is on its way, and what happened meanwhile is held
  let held: [BoardEvent, EventPlace][] = []
  const closing = new AbortController()
  const {signal} = closing

  const stream: Mutable<TaskStream> = {
    status: 'connecting',
    get isConnected() {
      return stream.status === 'live'
    },
    checkedAt: undefined,
    cursor: options.cursor,
    reconnect,
    close() {
      closing.abort()
      pause()
    },
  }
  const listener: Handlers<Notification> = {
    event(event, place) {
      if (loading) held.push([event, place])
      else deliver(event, place)
    },
    progress(cursor, checkedAt) {
      if (checkedAt) stream.checkedAt = new Date(checkedAt)
      if (!loading && !isUpTo(cursor, stream.cursor)) stream.cursor = cursor
    },
    reset,
    status: report,
    error: fail,
  }
  watchPage(signal, {
    online: reconnect,
    offline: () => source?.send('offline'),
    resume: () => wake(),
    visibilitychange: () => document.hidden || wake(),
    pagehide: pause,
    pageshow() {
      if (source || loading) wake()
      else resume()
    },
  })
  resume()
  return stream

  function reconnect(): void {
    wake(true)
  }

  function wake(isCertain?: boolean): void {
    loading?.now()
    source?.send('wake', isCertain)
  }

  function pause(): void {
    loading?.stop()
    source?.send('close')
    loading = source = undefined
  }

  /** Goes on from what was given to the caller; a reset that was not dealt with by then is told again. */
  function resume(): void {
    report('connecting')
    if (options.onBoard && !stream.cursor) loadBoard()
    else open()
  }

  function open(): void {
    const {document, EventSource, navigator} = globalThis
    const {headers, share = document, transport} = options
    const isFetch = transport ? transport === 'fetch' : headers || !EventSource
    source = (share && navigator?.locks ? connectTogether : connect)(
      {
        api,
        wanted,
        cursor: stream.cursor,
        transport: isFetch ? overFetch : overEventSource,
        status: 'connecting',
      },
      notification => call(listener, notification),
    )
  }

  function deliver(event: BoardEvent, place: EventPlace): void {
    if (isUpTo(place.cursor, stream.cursor)) return // known, from the board or from another tab's connection
    stream.cursor = place.cursor
    notify('onEvent', event, place)
  }

  function reset(reason: ResetReason, cursor: string): void {
    held = []
    if (sprintId && !another) {
      loadBoard(reason)
    } else {
      stream.cursor = cursor
      notify('onReset', {reason, cursor})
    }
  }

  function loadBoard(reason?: ResetReason): void {
    loading?.stop()
    loading = keepTrying(
      () => api.call<BoardSnapshot>('GET', `/sprints/${sprintId}/board`),
      board => loaded(board, reason),
      error => {
        fail(error)
        show(statusAfter(error))
      },
    )
    report(reported)
  }

  function loaded(board: BoardSnapshot, reason: ResetReason | undefined): void {
    const {cursor} = board
    loading = undefined
    stream.cursor = cursor
    notify('onBoard', board)
    if (reason) notify('onReset', {reason, cursor, board})
    for (const event of held.splice(0)) deliver(...event)
    if (signal.aborted) return // by a callback
    if (!source) open()
    report(reported)
  }

  function report(status: Status): void {
    reported = status
    show(status)
  }

  function show(status: Status): void {
    // While a board is loading the events are current, but the board is not.
    if (status.endsWith('connecting') || (status === 'live' && loading)) status = disconnectedStatus()
    if (status === stream.status) return
    stream.status = status
    wasLive ||= stream.isConnected
    notify('onStatus', status)
  }

  function disconnectedStatus(): Status {
    if (globalThis.navigator?.onLine === false) return 'offline'
    return wasLive ? 'reconnecting' : 'connecting'
  }

  function fail(error: unknown): void {
    notify('onError', error)
  }

  /** What a callback throws is the page's own failure, never the stream's. */
  function notify<Name extends keyof Callbacks>(name: Name, ...args: Parameters<Callbacks[Name]>): void {
    if (signal.aborted) return
    try {
      // biome-ignore lint/suspicious/noExplicitAny: the arguments fit the name
      ;(options as any)[name]?.(...args)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}

type Callbacks = Required<{
  [Name in Extract<keyof ReceiveOptions, `on${string}`>]: NonNullable<ReceiveOptions[Name]>
}>

export type Mutable<T> = {-readonly [K in keyof T]: T[K]}
