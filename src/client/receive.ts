/** Delivers the events of a stream, and loads the board after a reset. */
import type {Api} from './api.ts'
import {connect, type Source} from './connection.ts'
import type {Notification} from './connection-state.ts'
import type {BoardEvent, BoardSnapshot, ResetReason} from './contract.ts'
import {isUpTo} from './cursor.ts'
import {importJitterMs} from './import-jitter.ts'
import {keepTrying, type Trying} from './keep-trying.ts'
import {call, type Handlers} from './machine.ts'
import {watchPage} from './page-signals.ts'
import {wantedBy} from './selection.ts'
import {connectTogether} from './shared-connection.ts'
import {statusAfter} from './signed-out.ts'
import type {EventPlace, PresenceEvent, Reset, Status, TaskStream, TaskStreamOptions} from './task-stream.ts'
import {overEventSource, overFetch} from './transport.ts'
import type {Checkpoint, CheckpointArguments, VerificationCallbacks} from './verification.ts'

const maxHeld = 1_000 // events

interface ReceiveOptions<Snapshot> extends Omit<TaskStreamOptions, 'onReset'>, VerificationCallbacks {
  onReset?: ((reset: Reset<Snapshot>) => void) | undefined
  /** The path of the board, relative to `/api/v1`. Default: that of the selected sprint if there is exactly one. */
  path?: string | undefined
  /** Called with each loaded board. When `onBoard` is set, the stream first loads the board. */
  onBoard?: (board: Snapshot) => void
  /** Called with each checkpoint of the board. */
  onCheckpoint?: (...args: CheckpointArguments) => void
}

/**
 * Delivers each event once. If the selection has exactly one sprint, or if `path` is set, this function loads the current
 * board after each reset, and then delivers the events after this board.
 */
export function receive<Snapshot extends {cursor: string} = BoardSnapshot>(
  options: ReceiveOptions<Snapshot>,
  api: Api,
): TaskStream {
  const wanted = wantedBy(options.selection)
  const [sprintId, another] = wanted.sprint_id ?? []
  const {path = sprintId && !another && `/sprints/${sprintId}/board`} = options
  if (options.onPresence && sprintId) wanted.presence = true
  let source: Source | undefined
  let reported: Status = 'connecting' // the last status that `source` reported
  let wasLive = false
  let loading: Trying | undefined // set while a board is loading
  let held: [BoardEvent, EventPlace][] = [] // the events that arrived while a board was loading
  const closing = new AbortController()
  const {signal} = closing

  const stream: Mutable<TaskStream> = {
    status: 'connecting',
    get isConnected() {
      return stream.status === 'live'
    },
    checkedAt: undefined,
    transport: 'stream',
    cursor: options.cursor,
    reconnect,
    close() {
      closing.abort()
      pause()
    },
  }
  const listener: Handlers<Notification> = {
    event(event: BoardEvent | PresenceEvent, place) {
      // The presence has no place in the order of events.
      if ('more' in event) notify('onPresence', event)
      else if (loading) held.push([event, place])
      else deliver(event, place)
    },
    progress(cursor, checkedAt) {
      if (checkedAt) stream.checkedAt = new Date(checkedAt)
      if (!loading && !isUpTo(cursor, stream.cursor)) stream.cursor = cursor
    },
    reset,
    status(status, isPolling) {
      const transport = isPolling ? 'poll' : 'stream'
      const isOther = transport !== stream.transport
      stream.transport = transport
      report(status)
      if (isOther) notify('onTransport', transport)
    },
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

  function wake(mustReconnect?: boolean): void {
    loading?.now()
    source?.send('wake', mustReconnect)
  }

  function pause(): void {
    loading?.stop()
    source?.send('close')
    loading = source = undefined
  }

  /**
   * Starts the stream, or resumes it after `pause`. If `pause` stopped the loading of the board after a reset,
   * `stream.cursor` is the cursor from before the reset. The stream resumes after this cursor, so the server sends the
   * reset again.
   */
  function resume(): void {
    report('connecting')
    if (options.onBoard && !stream.cursor) loadBoard()
    else open()
  }

  function open(): void {
    const {document, EventSource, navigator} = globalThis
    const {fetch, headers, share = document} = options
    const {transport = 'auto'} = options
    const isFetch =
      transport === 'fetch' || (transport !== 'eventsource' && (fetch || headers || !EventSource))
    source = (share && navigator?.locks ? connectTogether : connect)(
      {
        api,
        wanted,
        cursor: stream.cursor,
        transport,
        overStream: isFetch ? overFetch : overEventSource,
        status: 'connecting',
      },
      notification => call(listener, notification),
    )
  }

  function deliver(event: BoardEvent | Checkpoint, place: EventPlace, isOnBoard?: boolean): void {
    const {cursor} = place
    const isCheckpoint = 'digest' in event
    // Skip the event, because the board already includes it, or because it has already been delivered. A checkpoint may
    // have the cursor of the last event.
    if (isUpTo(cursor, stream.cursor) && !(isCheckpoint && cursor === stream.cursor)) return
    // An import into a sprint does not change a backlog.
    const isImport = event.type === 'board.imported' && (sprintId || !event.sprint_id)
    if (isImport && options.onBoard && !isOnBoard) {
      held.push([event, place])
      loadBoard(undefined, importJitterMs)
    } else {
      stream.cursor = cursor
      if (!isCheckpoint) notify('onEvent', event, place)
      // A checkpoint up to the loaded board belongs to neither the known board nor the loaded board.
      else if (!isOnBoard) notify('onCheckpoint', event, reload, notify)
    }
  }

  function reset(reason: ResetReason, cursor: string): void {
    held = []
    if (path) {
      loadBoard(reason)
    } else {
      stream.cursor = cursor
      notify('onReset', {reason, cursor})
    }
  }

  /** Returns undefined when the stream is paused, so that nothing is loaded. */
  function reload(): unknown {
    // A board that is being fetched is newer than the checkpoint, and a second fetch would lose the reason of the first.
    if (source && !loading) loadBoard()
    return source
  }

  function loadBoard(reason?: ResetReason, jitterMs?: number): void {
    loading?.stop()
    loading = keepTrying(
      async () => {
        if (jitterMs) await new Promise(resolve => setTimeout(resolve, Math.random() * jitterMs!))
        jitterMs = 0
        // The server refuses the board again and again. A board that is read from now on includes these events.
        if (held.length > maxHeld) {
          held = []
          reason ??= 'expired'
        }
        return api.call<Snapshot>('GET', path as string)
      },
      board => loaded(board, reason),
      error => {
        fail(error)
        show(statusAfter(error))
      },
    )
    // After an import, the known board stays current up to the cursor until the new one has arrived.
    if (!jitterMs) report(reported)
  }

  function loaded(board: Snapshot, reason: ResetReason | undefined): void {
    const {cursor} = board
    loading = undefined
    // Without a reset, `onEvent` is also called for the events that the board already includes.
    if (!reason) for (const event of held) if (isUpTo(event[1].cursor, cursor)) deliver(...event, true)
    stream.cursor = cursor
    notify('onBoard', board)
    if (reason) notify('onReset', {reason, cursor, board})
    if (signal.aborted) return // a callback has closed the stream
    if (!source) open()
    report(reported)
    for (const event of held.splice(0)) listener.event(...event)
  }

  function report(status: Status): void {
    reported = status
    show(status)
  }

  function show(status: Status): void {
    // While a board is loading, the status is not `live`, because the board is not current yet.
    if (status.endsWith('connecting') || (status === 'live' && loading)) status = disconnectedStatus()
    if (stream.status === status) return
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

  /**
   * Calls a callback in the options. If the callback throws an error, the stream continues, and a timer throws the
   * error again.
   */
  function notify<Name extends keyof Callbacks<Snapshot>>(
    name: Name,
    ...args: Parameters<Callbacks<Snapshot>[Name]>
  ): void {
    if (signal.aborted) return
    try {
      // biome-ignore lint/suspicious/noExplicitAny: the parameter types guarantee matching arguments
      ;(options as any)[name]?.(...args)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}

type Callbacks<Snapshot> = Required<{
  [Name in Extract<keyof ReceiveOptions<Snapshot>, `on${string}`>]: NonNullable<
    ReceiveOptions<Snapshot>[Name]
  >
}>

export type Mutable<T> = {-readonly [K in keyof T]: T[K]}
