/** `openTaskStream`: the events of a selection, each once and in order, for as long as the page lives. */
import type {Board} from '../board/board.ts'
import type {BoardEvent} from '../board/events.ts'
import type {ResetReason} from '../board/stream-events.ts'
import {Api, type ApiOptions, isSignedOut} from './api.ts'
import {
  type ConnectionListener,
  connect,
  type EventPlace,
  type Source,
  type Status,
  unlive,
} from './connection.ts'
import {keepTrying, type Trying} from './keep-trying.ts'
import {watchPage} from './page-signals.ts'
import {isUpTo} from './position.ts'
import {type Selection, wantedBy} from './selection.ts'
import {connectTogether} from './shared-connection.ts'

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
  return new Receiver(options, new Api(options))
}

/** What a stream does with what its connection brings: each event once, and a fresh board before what follows a reset. */
export class Receiver implements TaskStream {
  status: Status = 'connecting'
  checkedAt: Date | undefined
  cursor: string | undefined
  readonly #api: Api
  readonly #options: TaskStreamOptions
  readonly #onBoard: ((board: BoardSnapshot) => void) | undefined
  readonly #stopWatching: () => void
  #source: Source | undefined
  /** The source's own. */
  #reported: Status = 'connecting'
  #wasLive = false
  /** A board is on its way, and what happened meanwhile is held. */
  #loading: Trying | undefined
  #held: [BoardEvent, EventPlace][] = []
  #isClosed = false

  /** With `onBoard` it begins with the board of the one sprint that is selected. */
  constructor(options: TaskStreamOptions, api: Api, onBoard?: (board: BoardSnapshot) => void) {
    this.#options = options
    this.#api = api
    this.#onBoard = onBoard
    this.cursor = options.cursor
    this.#stopWatching = watchPage({
      wake: () => this.#wake(false),
      online: () => this.#wake(true),
      offline: () => this.#source?.offline(),
      hide: () => this.#pause(),
      show: () => this.#resume(),
    })
    this.#resume()
  }

  get isConnected(): boolean {
    return this.status === 'live'
  }

  reconnect(): void {
    if (!this.#isClosed) this.#wake(true)
  }

  close(): void {
    this.#isClosed = true
    this.#stopWatching()
    this.#pause()
  }

  #wake(certain: boolean): void {
    this.#loading?.now()
    this.#source?.wake(certain)
  }

  #pause(): void {
    this.#loading?.stop()
    this.#loading = undefined
    this.#source?.close()
    this.#source = undefined
  }

  /** Goes on from what was given to the caller; a reset that was not dealt with by then is told again. */
  #resume(): void {
    if (this.#source || this.#loading) return
    this.#report('reconnecting')
    if (this.cursor === undefined && this.#onBoard) this.#loadBoard()
    else this.#connect()
  }

  #connect(): void {
    const {headers, share = globalThis.document !== undefined} = this.#options
    const {transport = headers || !globalThis.EventSource ? 'fetch' : 'eventsource'} = this.#options
    const canShare = share && globalThis.BroadcastChannel && globalThis.navigator?.locks
    const wanted = wantedBy(this.#options.selection)
    const start = {api: this.#api, wanted, cursor: this.cursor, transport}
    this.#source = (canShare ? connectTogether : connect)(start, this.#listener)
  }

  readonly #listener: ConnectionListener = {
    event: (event, place) => {
      if (this.#loading) this.#held.push([event, place])
      else this.#deliver(event, place)
    },
    position: (cursor, checkedAt) => {
      if (checkedAt) this.checkedAt = new Date(checkedAt)
      if (!this.#loading && !isUpTo(cursor, this.cursor)) this.cursor = cursor
    },
    reset: (reason, cursor) => {
      this.#held = []
      if (this.#sprintId) return this.#loadBoard(reason)
      this.cursor = cursor
      this.#tell(() => this.#options.onReset?.({reason, cursor}))
    },
    status: status => this.#report(status),
    error: error => this.#tell(() => this.#options.onError?.(error)),
  }

  #deliver(event: BoardEvent, place: EventPlace): void {
    if (isUpTo(place.cursor, this.cursor)) return // known, from the board or from another tab's connection
    this.cursor = place.cursor
    this.#tell(() => this.#options.onEvent?.(event, place))
  }

  /** The one sprint that is selected. */
  get #sprintId(): string | undefined {
    const {sprint_id} = wantedBy(this.#options.selection)
    return sprint_id?.length === 1 ? sprint_id[0] : undefined
  }

  #loadBoard(reason?: ResetReason): void {
    this.#loading?.stop()
    this.#loading = keepTrying(
      () => this.#api.call<BoardSnapshot>('GET', `/sprints/${this.#sprintId}/board`),
      board => this.#loaded(board, reason),
      error => {
        this.#listener.error(error)
        this.#say(isSignedOut(error) ? 'signed-out' : unlive(this.#wasLive))
      },
    )
    this.#report(this.#reported)
  }

  #loaded(board: BoardSnapshot, reason: ResetReason | undefined): void {
    this.#loading = undefined
    this.cursor = board.cursor
    this.#tell(() => this.#onBoard?.(board))
    if (reason) this.#tell(() => this.#options.onReset?.({reason, cursor: board.cursor, board}))
    for (const [event, place] of this.#held.splice(0)) this.#deliver(event, place)
    if (this.#isClosed) return // by one of those who were told
    if (!this.#source) this.#connect()
    this.#report(this.#reported)
  }

  #report(status: Status): void {
    this.#reported = status
    // Events may come, but what is shown is not what is until the board has.
    const isStale = status === 'reconnecting' || (status === 'live' && this.#loading)
    this.#say(isStale ? unlive(this.#wasLive) : status)
  }

  #say(status: Status): void {
    if (status === this.status) return
    this.status = status
    if (status === 'live') this.#wasLive = true
    this.#tell(() => this.#options.onStatus?.(status))
  }

  /** What a callback throws is the page's own failure, never the stream's. */
  #tell(callback: () => void): void {
    if (this.#isClosed) return
    try {
      callback()
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}
