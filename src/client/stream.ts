/** `openTaskStream`: the events of a selection, each once and in order, for as long as the page lives. */
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {Api, type ApiOptions, isSignedOut} from './api.ts'
import {connect, type EventPlace, type Source, type Status, unlive} from './connection.ts'
import {keepTrying, type Trying} from './keep-trying.ts'
import {watchPage} from './page-signals.ts'
import {isUpTo} from './position.ts'
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

/**
 * What a stream does with what its connection brings: each event once, and a fresh board before what follows a reset.
 * With `onBoard` it begins with the board of the one sprint that is selected.
 */
export function receive(
  options: TaskStreamOptions,
  api: Api,
  onBoard?: (board: BoardSnapshot) => void,
): TaskStream {
  const wanted = wantedBy(options.selection)
  const [sprintId, another] = wanted.sprint_id ?? []
  let source: Source | undefined
  let reported: Status = 'connecting' // the source's own
  let wasLive = false
  let loading: Trying | undefined // a board is on its way, and what happened meanwhile is held
  let held: [BoardEvent, EventPlace][] = []
  let isClosed = false

  const stream: Mutable<TaskStream> = {
    status: 'connecting',
    isConnected: false,
    checkedAt: undefined,
    cursor: options.cursor,
    reconnect: () => wake(true),
    close() {
      isClosed = true
      stopWatching()
      pause()
    },
  }
  const stopWatching = watchPage({
    online: () => wake(true),
    offline: () => source?.offline(),
    resume: wake,
    visibilitychange: () => document.hidden || wake(),
    pagehide: pause,
    pageshow() {
      if (source || loading) wake()
      else resume()
    },
  })
  resume()
  return stream

  function wake(isDead?: unknown): void {
    loading?.now()
    source?.wake(isDead === true)
  }

  function pause(): void {
    loading?.stop()
    source?.close()
    loading = source = undefined
  }

  /** Goes on from what was given to the caller; a reset that was not dealt with by then is told again. */
  function resume(): void {
    report('reconnecting')
    if (onBoard && !stream.cursor) loadBoard()
    else open()
  }

  function open(): void {
    const {document, EventSource, BroadcastChannel, navigator} = globalThis
    const {headers, share = document} = options
    const {transport = headers || !EventSource ? 'fetch' : 'eventsource'} = options
    const over = transport === 'fetch' ? overFetch : overEventSource
    const canShare = share && BroadcastChannel && navigator?.locks
    const {cursor} = stream
    source = (canShare ? connectTogether : connect)(
      {api, wanted, cursor, transport: over},
      {
        event(event, place) {
          if (loading) held.push([event, place])
          else deliver(event, place)
        },
        position(cursor, checkedAt) {
          if (checkedAt) stream.checkedAt = new Date(checkedAt)
          if (!loading && !isUpTo(cursor, stream.cursor)) stream.cursor = cursor
        },
        reset,
        status: report,
        error: fail,
      },
    )
  }

  function deliver(event: BoardEvent, place: EventPlace): void {
    if (isUpTo(place.cursor, stream.cursor)) return // known, from the board or from another tab's connection
    stream.cursor = place.cursor
    tell(() => options.onEvent?.(event, place))
  }

  function reset(reason: ResetReason, cursor: string): void {
    held = []
    if (sprintId && !another) {
      loadBoard(reason)
    } else {
      stream.cursor = cursor
      tell(() => options.onReset?.({reason, cursor}))
    }
  }

  function loadBoard(reason?: ResetReason): void {
    loading?.stop()
    loading = keepTrying(
      () => api.call<BoardSnapshot>('GET', `/sprints/${sprintId}/board`),
      board => loaded(board, reason),
      error => {
        fail(error)
        say(isSignedOut(error) ? 'signed-out' : unlive(wasLive))
      },
    )
    report(reported)
  }

  function loaded(board: BoardSnapshot, reason: ResetReason | undefined): void {
    const {cursor} = board
    loading = undefined
    stream.cursor = cursor
    tell(() => onBoard?.(board))
    if (reason) tell(() => options.onReset?.({reason, cursor, board}))
    for (const [event, place] of held.splice(0)) deliver(event, place)
    if (isClosed) return // by one of those who were told
    if (!source) open()
    report(reported)
  }

  function report(status: Status): void {
    reported = status
    // Events may come, but what is shown is not what is until the board has.
    const isStale = status.endsWith('connecting') || (status === 'live' && loading)
    say(isStale ? unlive(wasLive) : status)
  }

  function say(status: Status): void {
    if (status === stream.status) return
    stream.status = status
    stream.isConnected = status === 'live'
    wasLive ||= stream.isConnected
    tell(() => options.onStatus?.(status))
  }

  function fail(error: unknown): void {
    tell(() => options.onError?.(error))
  }

  /** What a callback throws is the page's own failure, never the stream's. */
  function tell(callback: () => void): void {
    if (isClosed) return
    try {
      callback()
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}

export type Mutable<T> = {-readonly [K in keyof T]: T[K]}
