/** One organization and one selection: all its live subscribers receive the same bytes. */
import {Connection, Session} from 'better-sse'
import type {Cursor} from '../board/cursor.ts'
import type {Feed} from './feed.ts'
import {bytesOf, type Frame, FrameBatch, type Framing} from './frames.ts'
import {matcher, type Selection} from './selection.ts'
import type {Subscriber} from './subscriber.ts'

export interface Selected {
  bytes: string
  /** The same, for many streams to share; only where it is worth it. */
  shared?: Buffer
  count: number
  upTo: number
}

/** Everything that a channel wants of the ring behind a position, up to the head of that moment. */
export interface Run {
  channel: Channel
  epoch: string
  after: number
  head: number
  selected: Selected
}

/**
 * The channel is one better-sse session, whose connection is the sockets of all who are live. A session for each
 * of them would cost 2 KB a stream, and a promise a delivery.
 */
export class Channel {
  readonly feed: Feed
  /** Under which the feed keeps it. */
  readonly key: string
  readonly framing: Framing
  /** Everybody who reads here, live or not. */
  subscribers = 0
  readonly #matches: (frame: Frame) => boolean
  readonly #sockets = new Sockets()
  readonly #session = new Session(this.#sockets, {retry: null, keepAlive: null, trustClientEventId: false})
  readonly #batch = new FrameBatch()

  constructor(feed: Feed, key: string, selection: Selection, framing: Framing) {
    this.feed = feed
    this.key = key
    this.framing = framing
    this.#matches = matcher(selection)
  }

  /** From now on the subscriber is given what arrives; it must have everything up to the feed's `served`. */
  join(subscriber: Subscriber): void {
    this.#sockets.live.add(subscriber)
  }

  leave(subscriber: Subscriber): void {
    this.#sockets.live.delete(subscriber)
  }

  /**
   * Gives the frames that the selection wants to every live subscriber. Answers those who are too slow for more, and
   * gives them no more.
   */
  deliver(frames: readonly Frame[]): Subscriber[] {
    if (this.#sockets.live.size === 0) return []
    const {bytes} = this.select(frames)
    if (bytes === '') return []
    this.#batch.bytes = bytes
    void this.#session.batch(this.#batch)
    return this.#sockets.takeSlow()
  }

  /**
   * Those of the frames that the selection wants: their bytes, how many they are, and the seq up to which the
   * frames were looked at. Stops behind the frame that fills `room` bytes.
   */
  select(frames: readonly Frame[], room = Number.POSITIVE_INFINITY): Selected {
    let bytes = ''
    let count = 0
    for (const frame of frames) {
      if (bytes.length >= room) return {bytes, count, upTo: frame.seq - 1}
      if (!this.#matches(frame)) continue
      bytes += bytesOf(frame, this.framing)
      count++
    }
    return {bytes, count, upTo: frames.at(-1)?.seq ?? 0}
  }

  /**
   * What of the ring follows `after`, as `select` does. Readers who come back together mostly ask for the same:
   * the feed remembers what the last one was given, already in one piece.
   */
  selectAfter(after: number, room: number): Selected {
    const {feed} = this
    const last = feed.lastRun
    const isSame =
      last?.channel === this && last.epoch === feed.epoch && last.after === after && last.head === feed.head
    if (isSame && last.selected.bytes.length <= room) return share(last.selected)
    const selected = this.select(feed.framesAfter(after), room)
    const isWhole = selected.upTo === feed.head
    if (isWhole) feed.lastRun = {channel: this, epoch: feed.epoch, after, head: feed.head, selected}
    return selected
  }

  /** The feed has moved on without its live subscribers, all of whom stand at `cursor`: they read the log. */
  leaveBehind(cursor: Cursor): void {
    for (const subscriber of [...this.#sockets.live]) subscriber.fallBehind(cursor)
  }
}

const worthSharing = 4096 // bytes; below, the copy of a string costs less than a buffer of its own in the write

function share(selected: Selected): Selected {
  if (selected.bytes.length >= worthSharing) selected.shared ??= Buffer.from(selected.bytes, 'latin1')
  return selected
}

// A session looks for parameters of its own in the URL and waits for the signal; those of a channel never say a thing.
const url = new URL('http://localhost/')
const signal = {addEventListener() {}, removeEventListener() {}}
const request = {headers: new Headers(), signal} as unknown as Request
const response = new Response(null)

/** What better-sse takes for one connection; each of its subscribers has sent its own head. */
class Sockets extends Connection {
  readonly url = url
  readonly request = request
  readonly response = response
  readonly live = new Set<Subscriber>()
  #slow: Subscriber[] = []

  sendHead(): void {}

  sendChunk(chunk: string): void {
    for (const subscriber of this.live) {
      if (subscriber.deliver(chunk)) continue
      this.live.delete(subscriber)
      this.#slow.push(subscriber)
    }
  }

  cleanup(): void {}

  /** Those for whom the last chunk was one too many. */
  takeSlow(): Subscriber[] {
    const slow = this.#slow
    if (slow.length > 0) this.#slow = []
    return slow
  }
}
