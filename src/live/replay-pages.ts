/** Reads pages of one organization's log for replays. Only a few pages are in memory at the same time. */
import {LRUCache} from 'lru-cache'
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {type LogPage, readPage} from '../store/event-log.ts'
import {type EventFilter, readSelected} from '../store/selected-events.ts'
import type {FrameEncoder} from './frames.ts'
import {type FramePage, framePageOf} from './log-reader.ts'
import type {ReadQueue} from './read-queue.ts'

export interface ReplayPagesOptions {
  db: Database
  organizationId: string
  /** Limits how many pages are in memory at the same time. */
  queue: ReadQueue
  encoder: FrameEncoder
  /**
   * `pageLength` is the maximum number of events per page. A read with a filter examines up to `scanLength` events. A
   * page ends as soon as its events have `maxPageBytes` bytes or more.
   */
  limits: {pageLength: number; scanLength: number; maxPageBytes: number}
  /** Makes the ring catch up with the head of the log, so that the streams can go live at this head. */
  catchUp: (head: Cursor) => Promise<void>
  /** Waits for a turn of the event loop in which the next stream may use its page. */
  waitForTurn: () => Promise<void>
}

/** What a stream does with its page. When `use` has ended, the page is no longer in memory. */
export type UsePage<Result> = (page: FramePage) => Promise<Result>

/** A stream that waits for a page. */
interface Waiting {
  use: (page: FramePage) => Promise<void>
  reject: (error: unknown) => void
}

const tooShort = Symbol('too short')
// With more streams per page, the replays of other organizations would wait too long for the next read.
const maxStreamsPerPage = 64
const maxShortPages = 1_000

export class ReplayPages {
  readonly #options: ReplayPagesOptions
  /** The streams that wait for a page that is being read. The key is the seq before the first event of the page. */
  readonly #waiting = new Map<number, Waiting[]>()

  /**
   * The last seqs of pages that end early because their events are large. The key is the seq before the first event of
   * the page.
   */
  readonly #shortPages = new LRUCache<number, number>({max: maxShortPages})

  constructor(options: ReplayPagesOptions) {
    this.#options = options
  }

  /** Reads a page that contains the event after `after`. Streams that wait at the same time share the page. */
  async shared<Result>(after: number, use: UsePage<Result>): Promise<Result> {
    const {pageLength} = this.#options.limits
    // Pages start at multiples of their length, so that subscribers at different cursors share a query.
    const start = Math.floor(after / pageLength) * pageLength
    if ((this.#shortPages.get(start) ?? after + 1) <= after) return this.#read(after, use)
    const result = await this.#read<Result | typeof tooShort>(start, async page => {
      if (page.upTo > after || page.upTo >= page.head) return use(page)
      this.#shortPages.set(start, page.upTo)
      return tooShort
    })
    return result === tooShort ? this.#read(after, use) : result
  }

  /**
   * Reads a page of the events after `after` that match the filter. The page ends as soon as its events have `room`
   * bytes or more, or earlier.
   */
  filtered<Result>(filter: EventFilter, after: number, room: number, use: UsePage<Result>): Promise<Result> {
    const {db, organizationId, queue, limits} = this.#options
    const {scanLength, pageLength: limit, maxPageBytes} = limits
    const range = {
      after,
      upTo: after + scanLength,
      limit,
      maxBytes: Math.min(Math.max(room, 1), maxPageBytes),
    }
    const read = () => readSelected(db, organizationId, filter, range)
    return queue.run(organizationId, read, async records => {
      const page = await this.#prepare(records)
      await this.#options.waitForTurn()
      return use(page)
    })
  }

  #read<Result>(after: number, use: UsePage<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = {use: (page: FramePage) => use(page).then(resolve, reject), reject}
      const others = this.#waiting.get(after)
      if (others && others.length < maxStreamsPerPage) {
        others.push(waiting)
        return
      }
      const streams = [waiting]
      this.#waiting.set(after, streams)
      void this.#readFor(streams, after)
    })
  }

  async #readFor(streams: readonly Waiting[], after: number): Promise<void> {
    const {db, organizationId, queue, limits, waitForTurn} = this.#options
    const close = () => {
      if (this.#waiting.get(after) === streams) this.#waiting.delete(after)
    }
    const read = () => readPage(db, organizationId, after, after + limits.pageLength, limits.maxPageBytes)
    try {
      await queue.run(organizationId, read, async records => {
        close()
        const page = await this.#prepare(records)
        for (const {use} of streams) {
          await waitForTurn()
          await use(page)
        }
      })
    } catch (error) {
      close()
      for (const {reject} of streams) reject(error)
    }
  }

  async #prepare(records: LogPage): Promise<FramePage> {
    const page = framePageOf(records, this.#options.encoder)
    await this.#options.catchUp({epoch: page.epoch, seq: page.head})
    return page
  }
}
