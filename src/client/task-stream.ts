/** The types of a stream. */
import type {BoardEvent, BoardSnapshot, ResetReason, StreamEvent} from './contract.ts'
import type {ApiOptions} from './options.ts'
import type {Selection} from './selection.ts'

/**
 * - `connecting`: the stream is not live yet.
 * - `live`: every event up to now has been delivered.
 * - `reconnecting`: the stream was live before and is connecting again.
 * - `offline`: the browser has no network.
 * - `signed-out`: the server refused the credentials. If `getToken` is set, the server also refused a new token.
 */
export type Status = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'signed-out'

/** The position of an event in the stream. */
export interface EventPlace {
  /** The cursor after the event. To resume after this event, pass this value as `cursor`. */
  cursor: string
  /** Whether the event is part of a replay. A replay is delivered before the stream is live. */
  isReplay: boolean
}

export interface Reset<Snapshot = BoardSnapshot> {
  reason: ResetReason
  /** The stream continues from this cursor. */
  cursor: string
  /** The state of the board at `cursor`. Set only by `keepBacklog`, and when the selection has exactly one sprint. */
  board?: Snapshot
}

/** An event of the presence of a board. Such an event has no cursor. */
export type PresenceEvent = Extract<StreamEvent, {type: `presence.${string}`}>

export interface TaskStreamOptions extends ApiOptions {
  /** The events to deliver. Default: all events of the topic `tasks`. */
  selection?: Selection | undefined
  /**
   * The cursor after which the stream resumes, such as the cursor of a board. `earliest` starts with the oldest event
   * in the log. Default: the stream starts with the next event.
   */
  cursor?: string | undefined
  /**
   * - `auto`: like `stream`. When something between the client and the server holds the stream back, the client changes
   *   to long polls. The client uses streams again as soon as they work.
   * - `stream`: like `eventsource` if EventSource exists, and neither `headers` nor `fetch` is set. Otherwise, like
   *   `fetch`.
   * - `eventsource`, `fetch`: a stream that is read with EventSource or with fetch.
   * - `poll`: long polls, in place of a stream.
   *
   * Default `auto`.
   */
  transport?: 'auto' | 'stream' | 'eventsource' | 'fetch' | 'poll' | undefined
  /** Whether to share one connection between tabs with the same member, server and topics. Default: true on a page. */
  share?: boolean | undefined
  onEvent?: ((event: BoardEvent, place: EventPlace) => void) | undefined
  /**
   * Called with each event of the presence of a board. With this option, the stream shows who has the boards of its
   * sprints open, and shows the caller to the other members. The selection must have one to ten sprints. Tabs that share
   * a connection may also receive the presence of the boards of other tabs. Pass `receive` of `keepPresence` to keep the
   * list of the members.
   */
  onPresence?: ((event: PresenceEvent) => void) | undefined
  onStatus?: ((status: Status) => void) | undefined
  /** Called when the client has changed to long polls, or back to a stream. The status may stay the same. */
  onTransport?: ((transport: TaskStream['transport']) => void) | undefined
  /**
   * Called when the events after the cursor cannot be delivered. For example, the cursor has expired, or a backup was
   * restored.
   */
  onReset?: ((reset: Reset) => void) | undefined
  /**
   * Called after a failed attempt. The error is a Problem, or another Error if there was no response. The stream
   * retries. `onError` is not called when the server refuses the credentials of a stream (401, or 403 with the code
   * `member-removed`), and not after `stream.unavailable`.
   */
  onError?: ((error: unknown) => void) | undefined
}

export interface TaskStream {
  readonly status: Status
  /** Whether the status is `live`. */
  readonly isConnected: boolean
  /** The time when the server last read the log for this stream, or undefined before the server has reported a time. */
  readonly checkedAt: Date | undefined
  /** How the events arrive. `poll`: by long poll, because something holds streams back, or because of the options. */
  readonly transport: 'stream' | 'poll'
  /** Every event up to this cursor has been delivered to `onEvent`. Undefined until the stream has started. */
  readonly cursor: string | undefined
  /** Reconnects immediately, for example after a sign-in. */
  reconnect(): void
  close(): void
}
