/** `boardcast/react`: a stream and a board as hooks. Callbacks may change at every render; the stream stays. */
import {useEffect, useInsertionEffect, useMemo, useReducer, useRef} from 'react'
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {Task, TaskStatus} from '../board/task.ts'
import type {Me} from './api.ts'
import type {Status} from './connection-state.ts'
import {type KeepBoardOptions, type KeptBoard, keepBoard} from './keep-board.ts'
import {openTaskStream, type TaskStream, type TaskStreamOptions} from './stream.ts'

interface ConnectionCallbacks {
  /** The stream is live: for the first time, or again. */
  onConnect?: (() => void) | undefined
  /** It was live, and is not. */
  onDisconnect?: ((status: Status) => void) | undefined
}

export interface TaskEventsOptions extends TaskStreamOptions, ConnectionCallbacks {
  /** False: no stream. Default true. */
  enabled?: boolean | undefined
}

export interface TaskEvents {
  status: Status
  isConnected: boolean
  /** Undefined before the first. Only a component that reads it is rendered anew for each event. */
  readonly lastEvent: BoardEvent | undefined
  /** When the server last looked at the log for this stream: for a component that is not live. */
  readonly checkedAt: Date | undefined
  /** Tries at once. */
  reconnect(): void
}

/** Opens a stream while the component is mounted; another selection, server or transport opens another. */
export function useTaskEvents(options: TaskEventsOptions = {}): TaskEvents {
  const {enabled = true} = options
  const readsEvents = useRef(false)
  const {latest, shown, show} = useShown<{stream?: TaskStream; lastEvent?: BoardEvent}, TaskEventsOptions>(
    options,
  )
  const key = keyOf(options, options.selection)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when the stream must be another
  useEffect(() => {
    if (!enabled) return
    const stream = openTaskStream({
      ...listening(latest, show),
      onEvent(event, place) {
        shown.lastEvent = event
        latest.current.onEvent?.(event, place)
        if (readsEvents.current) show()
      },
    })
    shown.stream = stream
    delete shown.lastEvent
    show()
    return () => {
      stream.close()
      delete shown.stream
    }
  }, [key, enabled])

  // The render that switches the stream off comes before the stream is closed.
  const status = (enabled && shown.stream?.status) || 'connecting'
  return {
    status,
    isConnected: status === 'live',
    get lastEvent() {
      readsEvents.current = true
      return shown.lastEvent
    },
    get checkedAt() {
      return shown.stream?.checkedAt
    },
    reconnect: () => shown.stream?.reconnect(),
  }
}

export type BoardOptions = Omit<KeepBoardOptions, 'sprintId' | 'onBoard'> & ConnectionCallbacks

export interface LiveBoard {
  /** With the caller's own pending changes in it; undefined until it was loaded. */
  board: Board | undefined
  status: Status
  isConnected: boolean
  /** Who the caller is; undefined until the server has said so. */
  readonly me: Me | undefined
  readonly checkedAt: Date | undefined
  /** As of `keepBoard`: shown at once, rejected with a Problem when the server refuses. The same functions always. */
  take(taskId: string): Promise<Task>
  release(taskId: string): Promise<Task>
  setStatus(taskId: string, status: TaskStatus): Promise<Task>
  reconnect(): void
}

/** The board of a sprint as it is now; undefined: none. Rendered anew only when something on it has changed. */
export function useBoard(sprintId: string | undefined, options: BoardOptions = {}): LiveBoard {
  const {latest, shown, show} = useShown<{kept?: KeptBoard; key?: string}, BoardOptions>(options)
  const key = keyOf(options, sprintId)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when the stream must be another
  useEffect(() => {
    if (!sprintId) return
    const kept = keepBoard({
      ...listening(latest, show),
      sprintId,
      onBoard: show,
      onEvent: (event, place) => latest.current.onEvent?.(event, place),
    })
    shown.kept = kept
    shown.key = key
    show()
    return () => {
      kept.close()
      delete shown.kept
    }
  }, [key])

  const acts = useMemo(() => {
    const kept = async () => {
      if (!shown.kept) throw new Error('There is no board; give useBoard a sprint.')
      return shown.kept
    }
    return {
      take: async (taskId: string) => (await kept()).take(taskId),
      release: async (taskId: string) => (await kept()).release(taskId),
      setStatus: async (taskId: string, status: TaskStatus) => (await kept()).setStatus(taskId, status),
      reconnect: () => shown.kept?.reconnect(),
    }
  }, [shown])

  // Between two sprints the board of the former is not that of the latter.
  const kept = shown.key === key ? shown.kept : undefined
  const status = kept?.status ?? 'connecting'
  return {
    board: kept?.board,
    status,
    isConnected: status === 'live',
    get me() {
      return kept?.me
    },
    get checkedAt() {
      return kept?.checkedAt
    },
    ...acts,
  }
}

/** What is shown outlives a render, and `show` renders it; `latest` are the options of the last render. */
function useShown<Shown extends object, Options>(options: Options) {
  const [, show] = useReducer((count: number) => count + 1, 0)
  const shown = useRef({} as Shown).current
  const latest = useRef(options)
  useInsertionEffect(() => {
    latest.current = options
  })
  return {latest, shown, show: () => show()}
}

/** The options for a stream whose callbacks are always those of the last render. */
function listening<Options extends TaskStreamOptions & ConnectionCallbacks>(
  latest: {current: Options},
  show: () => void,
): Options {
  let wasLive = false
  const {getToken} = latest.current
  return {
    ...latest.current,
    ...(getToken && {getToken: hint => latest.current.getToken?.(hint)}),
    onReset: reset => latest.current.onReset?.(reset),
    onError: error => latest.current.onError?.(error),
    onStatus(status) {
      const {onStatus, onConnect, onDisconnect} = latest.current
      show()
      onStatus?.(status)
      if (status === 'live') onConnect?.()
      else if (wasLive) onDisconnect?.(status)
      wasLive = status === 'live'
    },
  }
}

/** Differs exactly when the stream must be another. */
function keyOf({url, credentials, headers, transport, share}: TaskStreamOptions, of: unknown): string {
  return JSON.stringify([url, credentials, headers, transport, share, of])
}
