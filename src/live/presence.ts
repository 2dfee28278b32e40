/**
 * Shows the members who look at the boards of one organization. Sends `presence.state` and `presence.changed` to the
 * streams with `presence=true`, and exchanges messages with the other processes. A board that nobody opens or leaves
 * causes no timer. Only the leases of a server with several processes are renewed at intervals.
 */
import {setTimeout as delay} from 'node:timers/promises'
import type {Presence as Shown} from '../board/apply-presence.ts'
import type {PresenceMessage} from '../board/presence-message.ts'
import {toAscii} from '../store/event-data.ts'
import type {Channel} from './channel.ts'
import {type ControlEvent, controlBytes, type Framing} from './frames.ts'
import type {LiveLimits} from './limits.ts'
import {PresenceRoom} from './presence-room.ts'
import {presenceOf} from './selection.ts'

/**
 * Sends a message to the other processes. The message may be lost. Returns false, and sends nothing, while too much
 * waits for the bus.
 */
export type AnnouncePresence = (message: PresenceMessage) => boolean

// With the longest names and eight open tasks for each member, a message has about 200 KB.
const maxItemsPerMessage = 100
const busyDelayMs = 100 // the delay after the bus has refused a message

export interface PresenceOptions {
  organizationId: string
  limits: LiveLimits
  /** Undefined when there are no other processes. */
  announce: AnnouncePresence | undefined
  /** Sends the bytes to all live streams of the channel. */
  send: (channel: Channel, bytes: string) => void
  /** Returns the time of a clock that never goes back, in milliseconds. */
  now: () => number
}

/** A board that has streams, members or open tasks in this process, or whose presence was just read. */
interface WatchedBoard {
  sprintId: string
  room: PresenceRoom
  channels: Set<Channel>
  /** The time when the other processes were asked for their items. Undefined before. */
  askedAt: number | undefined
  /** The room is kept until this time, although this process has no stream of the board. */
  keptUntil: number
  lastSentAt: number
  /** The encoded state of each framing. Empty after a change. */
  states: Map<Framing, string>
  timer: NodeJS.Timeout | undefined
  timerAt: number
  isAnnouncing: boolean
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #boards = new Map<string, WatchedBoard>()
  #isClosed = false

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Whether this process watches the presence of at least one board of the organization. */
  get isUsed(): boolean {
    return this.#boards.size > 0
  }

  /** The number of members on all watched boards. A member who looks at two boards counts twice. */
  get memberCount(): number {
    let members = 0
    for (const {room} of this.#boards.values()) members += room.memberCount
    return members
  }

  /** Adds a channel. Does nothing when the streams of the channel have no presence. */
  add(channel: Channel): void {
    for (const sprintId of presenceOf(channel.selection)) {
      const board = this.#open(sprintId)
      board.channels.add(channel)
      this.#ask(board)
    }
  }

  delete(channel: Channel): void {
    for (const board of this.#boardsOf(channel)) {
      board.channels.delete(channel)
      this.#update(board)
    }
  }

  /** Counts a stream or a poll of the member. */
  join(channel: Channel, member: {id: string; name: string}): void {
    for (const board of this.#boardsOf(channel)) {
      board.room.join(member)
      this.#update(board)
    }
  }

  /** Must be called when a stream or a poll that was counted has ended. */
  leave(channel: Channel, memberId: string, isWithdrawn: boolean): void {
    for (const board of this.#boardsOf(channel)) {
      board.room.leave(memberId, isWithdrawn)
      this.#update(board)
    }
  }

  /**
   * Returns the presence of the channel's boards: the bytes of `presence.state` of each board, or a JSON array for polls.
   * Returns undefined when the streams of the channel have no presence.
   */
  stateFor(channel: Channel): string | undefined {
    const boards = this.#boardsOf(channel)
    if (boards.length === 0) return undefined
    const states = boards.map(board => this.#encodedState(board, channel.framing))
    return channel.isPolled ? `[${states.join(',')}]` : states.join('')
  }

  /** Returns the presence of the board. If the other processes were not asked yet, waits for their answers. */
  async read(sprintId: string): Promise<Shown> {
    const {announce, limits, now} = this.#options
    const board = this.#open(sprintId)
    board.keptUntil = now() + limits.presenceLeaseMs
    const waitMs = this.#ask(board) + limits.presenceAnswerMs - now()
    if (announce && waitMs > 0) await delay(waitMs)
    return board.room.state
  }

  /** The tab `clientId` of the member shows the task, or no task. */
  showTask(
    sprintId: string,
    member: {id: string; name: string},
    {clientId, taskId}: {clientId: string; taskId: string | null},
  ): void {
    const board = this.#open(sprintId)
    board.room.showTask(member, clientId, taskId)
    this.#update(board)
  }

  rename(member: {id: string; name: string}): void {
    this.#updateAll(({room}) => room.rename(member))
  }

  /** The access of these members was withdrawn. Other ids are ignored. */
  withdraw(ids: readonly string[]): void {
    this.#updateAll(({room}) => {
      for (const id of ids) room.withdraw(id)
    })
  }

  /** Receives items of another process. `sender` is the name of this process. */
  receive(sender: string, {sprintId, items}: PresenceMessage): void {
    const board = this.#boards.get(sprintId)
    if (!board) return
    for (const item of items) {
      // A board that has only open tasks does not need to know the members of other processes.
      const isForAll = item[0] === 'tab' || item[0] === 'query'
      if (isForAll || board.askedAt !== undefined) board.room.receive(sender, item)
    }
    this.#update(board)
  }

  /** Sends to the other processes what this process has, so that their leases do not end. */
  renew(): void {
    this.#updateAll(({room}) => room.renew())
  }

  /** Exchanges everything with the other processes, because messages may have been lost. */
  refresh(): void {
    this.#updateAll(({room}) => {
      room.query()
      room.renew()
    })
  }

  /** Forgets everything. The other processes notice that the leases end. */
  close(): void {
    this.#isClosed = true
    for (const {timer} of this.#boards.values()) clearTimeout(timer)
    this.#boards.clear()
  }

  #boardsOf(channel: Channel): WatchedBoard[] {
    return presenceOf(channel.selection)
      .map(sprintId => this.#boards.get(sprintId))
      .filter(board => board !== undefined)
  }

  #encodedState(board: WatchedBoard, framing: Framing): string {
    // The new state contains all changes, and no other stream needs the changes.
    if (!hasLiveStreams(board)) board.room.forgetChanges()
    const known = board.states.get(framing)
    if (known) return known
    const state = {sprint_id: board.sprintId, ...board.room.state}
    const bytes =
      framing === 'json'
        ? toAscii(JSON.stringify(state))
        : controlBytes({type: 'presence.state', ...state}, framing)
    board.states.set(framing, bytes)
    return bytes
  }

  #open(sprintId: string): WatchedBoard {
    const known = this.#boards.get(sprintId)
    if (known) return known
    const {limits, now} = this.#options
    const board: WatchedBoard = {
      sprintId,
      room: new PresenceRoom({limits, now}),
      channels: new Set(),
      askedAt: undefined,
      keptUntil: Number.NEGATIVE_INFINITY,
      lastSentAt: Number.NEGATIVE_INFINITY,
      states: new Map(),
      timer: undefined,
      timerAt: Number.POSITIVE_INFINITY,
      isAnnouncing: false,
    }
    if (this.#isClosed) return board
    this.#boards.set(sprintId, board)
    return board
  }

  /**
   * Asks the other processes for their items, unless they were asked before. A board that has only open tasks needs no
   * items. Returns the time of the question.
   */
  #ask(board: WatchedBoard): number {
    if (board.askedAt === undefined) {
      board.askedAt = this.#options.now()
      board.room.query()
    }
    this.#update(board)
    return board.askedAt
  }

  #updateAll(change: (board: WatchedBoard) => void): void {
    for (const board of this.#boards.values()) {
      change(board)
      this.#update(board)
    }
  }

  /** Must be called after each change of the room and its channels. */
  #update(board: WatchedBoard): void {
    if (board.room.isChanged) board.states.clear()
    this.#announceSoon(board)
    this.#close(board)
    this.#schedule(board)
  }

  /** Sends the items of all changes in this turn of the event loop together. */
  #announceSoon(board: WatchedBoard): void {
    if (board.isAnnouncing) return
    board.isAnnouncing = true
    setImmediate(() => this.#announce(board))
  }

  /**
   * Sends the next items. While the bus refuses them, they wait in the room. Further changes of a member then replace
   * the waiting item of the member, so that the waiting items never need more memory than the room itself.
   */
  #announce(board: WatchedBoard): void {
    const {announce, organizationId} = this.#options
    const {sprintId, room} = board
    const items = room.nextItems(maxItemsPerMessage)
    const isAccepted =
      items.length === 0 || !announce || this.#isClosed || announce({organizationId, sprintId, items})
    if (!isAccepted) {
      setTimeout(() => this.#announce(board), busyDelayMs).unref()
      return
    }
    room.markSent(items)
    board.isAnnouncing = false
    if (items.length > 0) this.#announceSoon(board)
  }

  /** Drops a room that this process no longer needs. */
  #close(board: WatchedBoard): void {
    const isNeeded = board.channels.size > 0 || !board.room.isVacant || board.keptUntil > this.#options.now()
    if (isNeeded || this.#boards.get(board.sprintId) !== board) return
    clearTimeout(board.timer)
    board.timerAt = Number.NEGATIVE_INFINITY // no timer starts again
    this.#boards.delete(board.sprintId)
  }

  #schedule(board: WatchedBoard): void {
    if (this.#isClosed) return
    const dueAt = Math.min(board.room.dueAt, this.#sendAt(board), this.#closeAt(board))
    if (dueAt >= board.timerAt) return
    clearTimeout(board.timer)
    board.timerAt = dueAt
    const delayMs = Math.max(0, dueAt - this.#options.now())
    board.timer = setTimeout(() => this.#onTimer(board), delayMs).unref()
  }

  /** The time of the next `presence.changed`. Infinity when there is no change, or no stream that needs the change. */
  #sendAt(board: WatchedBoard): number {
    if (!board.room.isChanged || !hasLiveStreams(board)) return Number.POSITIVE_INFINITY
    return board.lastSentAt + this.#options.limits.presenceIntervalMs
  }

  #closeAt({channels, room, keptUntil}: WatchedBoard): number {
    return channels.size === 0 && room.isVacant ? keptUntil : Number.POSITIVE_INFINITY
  }

  #onTimer(board: WatchedBoard): void {
    board.timerAt = Number.POSITIVE_INFINITY
    board.room.expire()
    if (this.#sendAt(board) <= this.#options.now()) this.#send(board)
    this.#update(board)
  }

  #send(board: WatchedBoard): void {
    board.lastSentAt = this.#options.now()
    board.states.clear()
    const change = board.room.takeChange()
    const event: ControlEvent = {type: 'presence.changed', sprint_id: board.sprintId, ...change}
    const bytes = new Map<Framing, string>()
    for (const channel of board.channels) {
      if (channel.isPolled || !channel.hasLiveSubscribers) continue
      const {framing} = channel
      const known = bytes.get(framing) ?? controlBytes(event, framing)
      bytes.set(framing, known)
      this.#options.send(channel, known)
    }
  }
}

/** Whether at least one stream has received a state of the board. Polls receive no changes. */
function hasLiveStreams({channels}: WatchedBoard): boolean {
  for (const channel of channels) if (!channel.isPolled && channel.hasLiveSubscribers) return true
  return false
}
