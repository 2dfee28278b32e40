/**
 * A poll is a subscriber that receives one JSON document instead of a stream. A poll takes the same way as a stream: a
 * replay, and then the live state. The poll is answered as soon as a replay selects events or causes a reset, or when
 * its time has passed. In the live state, the poll waits. When its channel wants an event, the poll replays this event.
 */
import type {ServerResponse} from 'node:http'
import type {RevocationReason} from '../board/access.ts'
import {type Cursor, formatCursor} from '../board/cursor.ts'
import type {ResetReason} from '../board/stream-events.ts'
import type {Piece} from './connection.ts'
import {pieceOf, type SelectedFrames} from './frames.ts'
import type {EndReason, SubscriberKind} from './live-counts.ts'
import {type EngineReason, Subscriber, type SubscriberHost, type SubscriberOptions} from './subscriber.ts'

/** The reason why a poll ends without an answer. A stream ends for the same reasons. */
export type PollEnd = EngineReason | RevocationReason | 'expired'

/** The JSON document for the client, in pieces, or the reason why there is no document. */
export type PollResult = {pieces: readonly Piece[]} | {end: PollEnd}

export interface PollOptions {
  /** The maximum number of milliseconds that the poll waits for an event. */
  waitMs: number
  /** Called at most once. After a disconnect, this function is not called. */
  respond: (result: PollResult) => void
}

export class Poll extends Subscriber {
  readonly #respond: PollOptions['respond']
  readonly #timer: NodeJS.Timeout | undefined
  #events: SelectedFrames | undefined
  #resetReason: ResetReason | undefined
  /** Whether the time of the poll has passed. */
  #isDue: boolean

  constructor(
    host: SubscriberHost,
    options: SubscriberOptions,
    res: ServerResponse,
    {waitMs, respond}: PollOptions,
  ) {
    super(host, options)
    this.#respond = respond
    this.#isDue = waitMs === 0
    if (waitMs > 0) this.#timer = setTimeout(becomeDue, waitMs, this).unref()
    res.on('close', () => this.close('client'))
  }

  override get kind(): SubscriberKind {
    return 'poll'
  }

  /** An answer contains the events of one selection, so that its size is bounded. */
  override get room(): number {
    return this.#events ? 0 : this.host.waitingBudget.perStream
  }

  override open(start: Cursor, reason?: ResetReason): void {
    this.state = 'replaying'
    this.moveTo(start)
    if (reason) this.reset(reason, start)
  }

  override reset(reason: ResetReason, head: Cursor): void {
    this.moveTo(head)
    this.#resetReason = reason
    this.countReset(reason)
  }

  override replay(selected: SelectedFrames): void {
    this.moveTo({epoch: this.cursor.epoch, seq: selected.upTo})
    if (selected.count === 0) return
    this.#events = selected
    this.countReplayed(selected)
  }

  /** Answers the poll if there is something to answer. */
  override flush(): void {
    if (this.#events || this.#resetReason || this.#isDue) this.#answer()
  }

  /** A poll writes nothing before its answer. The channel must call `fallBehind`, so that the poll replays the events. */
  override deliver(): boolean {
    return false
  }

  override waitForDrain(): void {}

  override heartbeat(): void {}

  override warnOfExpiry(): void {}

  override expire(): void {
    this.#end('expired', {end: 'expired'})
  }

  override revoke(reason: RevocationReason): void {
    this.#end(reason, {end: reason}, reason !== 'ticket-superseded')
  }

  /** Answers at once, so that the client polls another process. */
  override drain(): void {
    if (this.state === 'opening') this.endUnavailable('draining')
    else this.#answer()
  }

  override endUnavailable(reason: EngineReason): void {
    this.#end(reason, {end: reason})
  }

  /** Must be called when the time of the poll has passed. */
  becomeDue(): void {
    this.#isDue = true
    if (this.state === 'live') this.flush() // in another state, the replay calls `flush`
  }

  #answer(): void {
    if (this.state === 'opening') return
    const {served, hasMore, presence} = this.host
    const {epoch, seq} = this.cursor
    const rest = {
      cursor: formatCursor(this.cursor),
      ...(this.#resetReason && {reset: {reason: this.#resetReason}}),
      ready: epoch === served.epoch && seq === served.seq && !hasMore,
    }
    const events = this.#events ? [withoutComma(pieceOf(this.#events))] : []
    const end = presence ? `,"presence":${presence}}` : '}'
    this.#end('answered', {
      pieces: ['{"events":[', ...events, `],${JSON.stringify(rest).slice(1, -1)}${end}`],
    })
  }

  #end(reason: EndReason, result: PollResult, isWithdrawn = false): void {
    if (this.state === 'closed') return
    this.close(reason, isWithdrawn)
    this.#respond(result)
  }

  protected override close(reason: EndReason, isWithdrawn = false): void {
    clearTimeout(this.#timer)
    super.close(reason, isWithdrawn)
  }
}

/** With this function instead of a closure, the timer of a poll takes less memory. */
function becomeDue(poll: Poll): void {
  poll.becomeDue()
}

/** Removes the first comma: in framing `json`, each frame begins with a comma. */
function withoutComma(events: Piece): Piece {
  return typeof events === 'string' ? events.slice(1) : events.subarray(1)
}
