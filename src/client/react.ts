/**
 * The exports of `@boardcast/client/react`: hooks for a stream, a board and a backlog. When a callback changes between
 * renders, the hooks do not open a new stream.
 */
import {useEffect, useInsertionEffect, useMemo, useReducer, useRef} from 'react'
import type {Backlog, Board, BoardEvent, Me, Task, TaskPlace, TaskStatus} from './contract.ts'
import {
  type KeepBacklogOptions,
  type KeepBoardOptions,
  type KeptBoard,
  keepBacklog,
  keepBoard,
  type TaskFields,
} from './keep-board.ts'
import {openTaskStream} from './stream.ts'
import type {Reset, Status, TaskStream, TaskStreamOptions} from './task-stream.ts'
import type {Verification, VerificationCallbacks} from './verification.ts'

interface ConnectionCallbacks {
  /** Called when the stream has become live, for the first time or again. */
  onConnect?: (() => void) | undefined
  /** Called when the stream is no longer live. */
  onDisconnect?: ((status: Status) => void) | undefined
}

export interface TaskEventsOptions extends TaskStreamOptions, ConnectionCallbacks {
  /** Whether to open a stream. Default true. */
  enabled?: boolean | undefined
}

export interface TaskEvents {
  status: Status
  isConnected: boolean
  /** Undefined before the first event. A component that reads this property renders again after each event. */
  readonly lastEvent: BoardEvent | undefined
  /** The time when the server last read the log for this stream. */
  readonly checkedAt: Date | undefined
  /** How the events arrive. `poll`: by long poll. */
  readonly transport: TaskStream['transport']
  /** Reconnects immediately. */
  reconnect(): void
}

/**
 * Keeps a stream open while the component is mounted. Opens a new stream when the selection or an option of the
 * connection changes.
 */
export function useTaskEvents(options: TaskEventsOptions = {}): TaskEvents {
  const {enabled = true} = options
  const readsEvents = useRef(false)
  const {latest, shown, show} = useShown<{stream?: TaskStream; lastEvent?: BoardEvent}, TaskEventsOptions>(
    options,
  )
  const key = keyOf(options, options.selection)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key changes when a new stream is needed
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

  // When `enabled` becomes false, the component renders before the stream is closed. In this render, the status of the
  // stream must not be shown.
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
    get transport() {
      return shown.stream?.transport ?? 'stream'
    },
    reconnect: () => shown.stream?.reconnect(),
  }
}

export type BoardOptions = Omit<KeepBoardOptions, 'sprintId' | 'onBoard'> & ConnectionCallbacks
export type BacklogOptions = Omit<KeepBacklogOptions, 'projectId' | 'onBoard'> & ConnectionCallbacks

/** A board, or with `LiveBoard<Backlog>` a backlog. */
export interface LiveBoard<B extends Board | Backlog = Board> {
  /** The board with the caller's pending changes, or undefined until the board has loaded. */
  board: B | undefined
  status: Status
  isConnected: boolean
  /** The authenticated member, or undefined until the server has responded. */
  readonly me: Me | undefined
  readonly checkedAt: Date | undefined
  /** How the events arrive. `poll`: by long poll. */
  readonly transport: TaskStream['transport']
  /** The last comparison with the server's board, as in `keepBoard`. */
  verified: Verification | undefined
  /** The tasks with an unconfirmed change of the caller, as in `keepBoard`. */
  pendingTaskIds: ReadonlySet<string>
  /** The methods of `keepBoard`. Each method is the same function at every render. */
  take(taskId: string): Promise<Task>
  release(taskId: string): Promise<Task>
  setStatus(taskId: string, status: TaskStatus): Promise<Task>
  give(taskId: string, userId: string): Promise<Task>
  rankTask(taskId: string, place: TaskPlace): Promise<Task>
  editTask(taskId: string, fields: TaskFields): Promise<Task>
  reconnect(): void
}

const noTaskIds: ReadonlySet<string> = new Set()

/**
 * Returns the current board of a sprint. The component renders only when the board, the status, the caller or the last
 * verification has changed. No stream is open while `sprintId` is undefined.
 */
export function useBoard(sprintId: string | undefined, options: BoardOptions = {}): LiveBoard {
  return useKept(sprintId, options, (sprintId, options) => keepBoard({...options, sprintId}))
}

/** Like `useBoard`, for the stories of a project that are in no sprint. */
export function useBacklog(projectId: string | undefined, options: BacklogOptions = {}): LiveBoard<Backlog> {
  return useKept(projectId, options, (projectId, options) => keepBacklog({...options, projectId}))
}

function useKept<B extends Board | Backlog, Options extends AnyOptions & VerificationCallbacks>(
  id: string | undefined,
  options: Options,
  keep: (id: string, options: Options & {onBoard: () => void}) => KeptBoard<B>,
): LiveBoard<B> {
  const {latest, shown, show} = useShown<{kept?: KeptBoard<B>; key?: string}, Options>(options)
  const key = keyOf(options, id)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key changes when a new stream is needed
  useEffect(() => {
    if (!id) return
    const kept = keep(id, {
      ...listening(latest, show),
      onBoard: show,
      onEvent: (event, place) => latest.current.onEvent?.(event, place),
      onVerified(verification) {
        show()
        latest.current.onVerified?.(verification)
      },
      onDivergence(divergence) {
        show()
        latest.current.onDivergence?.(divergence)
      },
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
      if (!shown.kept) throw new Error('There is no board. Pass an id to the hook.')
      return shown.kept
    }
    return {
      take: async (taskId: string) => (await kept()).take(taskId),
      release: async (taskId: string) => (await kept()).release(taskId),
      setStatus: async (taskId: string, status: TaskStatus) => (await kept()).setStatus(taskId, status),
      give: async (taskId: string, userId: string) => (await kept()).give(taskId, userId),
      rankTask: async (taskId: string, place: TaskPlace) => (await kept()).rankTask(taskId, place),
      editTask: async (taskId: string, fields: TaskFields) => (await kept()).editTask(taskId, fields),
      reconnect: () => shown.kept?.reconnect(),
    }
  }, [shown])

  // When `id` has changed, the board of the previous sprint or project must not be shown.
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
    get transport() {
      return kept?.transport ?? 'stream'
    },
    verified: kept?.verified,
    pendingTaskIds: kept?.pendingTaskIds ?? noTaskIds,
    ...acts,
  }
}

/**
 * Returns three values. `shown` is the same object at every render. Calling `show` renders the component again.
 * `latest` contains the options of the last render.
 */
function useShown<Shown extends object, Options>(options: Options) {
  const [, show] = useReducer((count: number) => count + 1, 0)
  const shown = useRef({} as Shown).current
  const latest = useRef(options)
  useInsertionEffect(() => {
    latest.current = options
  })
  return {latest, shown, show: () => show()}
}

/** The options of a stream or of a board. The type of a reset depends on what is kept. */
type AnyOptions = Omit<TaskStreamOptions, 'onReset'> &
  ConnectionCallbacks & {onReset?: ((reset: Reset<never>) => void) | undefined}

/** Returns stream options whose callbacks call the callbacks of the last render. */
function listening<Options extends AnyOptions>(latest: {current: Options}, show: () => void): Options {
  let wasLive = false
  const {getToken, fetch, onPresence} = latest.current
  return {
    ...latest.current,
    ...(getToken && {getToken: hint => latest.current.getToken?.(hint)}),
    ...(fetch && {fetch: (url, init) => (latest.current.fetch ?? fetch)(url, init)}),
    ...(onPresence && {onPresence: event => latest.current.onPresence?.(event)}),
    onTransport(transport) {
      show()
      latest.current.onTransport?.(transport)
    },
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

/** Returns a key that changes exactly when a new stream is needed. */
function keyOf(options: AnyOptions, of: unknown): string {
  const {url, credentials, headers, transport, share, onPresence} = options
  return JSON.stringify([url, credentials, headers, transport, share, of, !!onPresence])
}
