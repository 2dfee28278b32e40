/** One organization and one selection: all its live subscribers receive the same bytes. */
import type {Cursor} from '../board/cursor.ts'
import type {Feed} from './feed.ts'
import {bytesOf, type Frame, FrameBatch, type Framing} from './frames.ts'
import {matcher, type Selection} from './selection.ts'
import type {Subscriber} from './subscriber.ts'

export interface Selected {
  bytes: string
  count: number
  upTo: number
}

export class Channel {
  readonly feed: Feed
  /** Under which the feed keeps it. */
  readonly key: string
  readonly framing: Framing
  readonly #matches: (frame: Frame) => boolean
  readonly #live = new Set<Subscriber>()
  /** Everybody who reads here, live or not. */
  subscribers = 0

  constructor(feed: Feed, key: string, selection: Selection, framing: Framing) {
    this.feed = feed
    this.key = key
    this.framing = framing
    this.#matches = matcher(selection)
  }

  /** From now on the subscriber is given what arrives; it must have everything up to the feed's `served`. */
  join(subscriber: Subscriber): void {
    this.#live.add(subscriber)
  }

  leave(subscriber: Subscriber): void {
    this.#live.delete(subscriber)
  }

  /**
   * Gives the frames that the selection wants to every live subscriber, and answers those who are too slow
   * to be given them.
   */
  deliver(frames: readonly Frame[]): Subscriber[] {
    if (this.#live.size === 0) return []
    const {bytes} = this.select(frames)
    if (bytes === '') return []
    const batch = new FrameBatch(bytes)
    const slow: Subscriber[] = []
    for (const subscriber of this.#live) {
      if (!subscriber.deliver(batch, bytes.length)) slow.push(subscriber)
    }
    return slow
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

  /** The feed has moved on without its live subscribers, all of whom stand at `cursor`: they read the log. */
  leaveBehind(cursor: Cursor): void {
    for (const subscriber of [...this.#live]) subscriber.fallBehind(cursor)
  }
}
