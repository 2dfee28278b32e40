/** Reads pages of one organization's log for replays. Only a few pages are in memory at the same time. */
import type {Database} from '../store/connection.ts'
import {readPage} from '../store/event-log.ts'
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
   * page ends as soon as its events have `maxWaitingBytes` bytes or more.
   */
  limits: {pageLength: number; scanLength: number; maxWaitingBytes: number}
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

export class ReplayPages {
  readonly #options: ReplayPagesOptions
  /** The streams that wait for a page that is being read. The key is the seq before the first event of the page. */
  readonly #waiting = new Map<number, Waiting[]>()

  constructor(options: ReplayPagesOptions) {
    this.#options = options
  }

  /** Reads a page that contains the event after `after`. Streams that wait at the same time share the page. */
  async shared<Result>(after: number, use: UsePage<Result>): Promise<Result> {
    const {pageLength} = this.#options.limits
    // Pages start at multiples of their length, so that subscribers at different cursors share a query.
    const start = Math.floor(after / pageLength) * pageLength
    const result = await this.#read<Result | typeof tooShort>(start, async page => {
      const isTooShort = page.upTo <= after && page.upTo < page.head // a page of large events has fewer events
      return isTooShort ? tooShort : use(page)
    })
    return result === tooShort ? this.#read(after, use) : result
  }

  /** Reads a page of the events after `after` that match the filter. */
  filtered<Result>(filter: EventFilter, after: number, use: UsePage<Result>): Promise<Result> {
    const {db, organizationId, queue, encoder, limits, waitForTurn} = this.#options
    const {scanLength, pageLength: limit, maxWaitingBytes: maxBytes} = limits
    const range = {after, upTo: after + scanLength, limit, maxBytes}
    const read = () => readSelected(db, organizationId, filter, range)
    return queue.run(organizationId, read, async page => {
      await waitForTurn()
      return use(framePageOf(page, encoder))
    })
  }

  #read<Result>(after: number, use: UsePage<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = {use: (page: FramePage) => use(page).then(resolve, reject), reject}
      const others = this.#waiting.get(after)
      if (others) {
        others.push(waiting)
        return
      }
      const all = [waiting]
      this.#waiting.set(after, all)
      void this.#readFor(all, after)
    })
  }

  async #readFor(streams: readonly Waiting[], after: number): Promise<void> {
    const {db, organizationId, queue, encoder, limits, waitForTurn} = this.#options
    const {pageLength, maxWaitingBytes} = limits
    try {
      await queue.run(
        organizationId,
        () => readPage(db, organizationId, after, after + pageLength, maxWaitingBytes),
        async records => {
          this.#waiting.delete(after)
          const page = framePageOf(records, encoder)
          for (const {use} of streams) {
            await waitForTurn()
            await use(page)
          }
        },
      )
    } catch (error) {
      this.#waiting.delete(after)
      for (const {reject} of streams) reject(error)
    }
  }
}
