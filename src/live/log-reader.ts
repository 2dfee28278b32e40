/** Reads one organization's event log as encoded frames. */
import type {Database} from '../store/connection.ts'
import {type LogBounds, readPage, readTail} from '../store/event-log.ts'
import {type EventFilter, readSelected, type SelectedPage} from '../store/selected-events.ts'
import type {Frame, FrameEncoder} from './frames.ts'
import type {ReadQueue} from './read-queue.ts'

/** Events of the log, with the bounds of the log at the same moment. */
export interface FramePage extends LogBounds {
  /** Gapless, unless the page was read with a filter. */
  frames: readonly Frame[]
  /** The seq up to which the log was examined. */
  upTo: number
}

export interface LogReaderOptions {
  db: Database
  organizationId: string
  /** Limits how many reads run at the same time. */
  queue: ReadQueue
  encoder: FrameEncoder
  /** Events per page, and events that are examined for a filtered page. */
  limits: {pageLength: number; scanLength: number}
}

export class LogReader {
  readonly #options: LogReaderOptions
  /** Pages that are being read, by the seq before their first event. */
  readonly #pages = new Map<number, Promise<FramePage>>()
  #tail: Promise<FramePage> | undefined

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** The events with after < seq <= after + pageLength. */
  async readAfter(after: number): Promise<FramePage> {
    const {db, organizationId, queue, limits} = this.#options
    const upTo = after + limits.pageLength
    const page = await queue.run(organizationId, () => readPage(db, organizationId, after, upTo))
    return this.#toFrames({...page, upTo: Math.min(upTo, page.head)})
  }

  /**
   * The newest events, at most `limit` of them and at most `maxBytes` of data. A caller that asks while a tail is being
   * read gets that one.
   */
  sharedTail(limit: number, maxBytes: number): Promise<FramePage> {
    this.#tail ??= this.#readTail(limit, maxBytes).finally(() => {
      this.#tail = undefined
    })
    return this.#tail
  }

  async #readTail(limit: number, maxBytes: number): Promise<FramePage> {
    const {db, organizationId, queue} = this.#options
    const read = () => readTail(db, organizationId, limit, maxBytes)
    const tail = await queue.run(organizationId, read)
    return this.#toFrames({...tail, upTo: tail.head})
  }

  /** The next events behind `after` that meet the filter. */
  async filteredPage(filter: EventFilter, after: number): Promise<FramePage> {
    const {db, organizationId, queue, limits} = this.#options
    const range = {after, upTo: after + limits.scanLength, limit: limits.pageLength}
    const page = await queue.run(organizationId, () => readSelected(db, organizationId, filter, range))
    return this.#toFrames(page)
  }

  /** The page that contains the event behind `after`. Subscribers that ask while it is being read share it. */
  sharedPage(after: number): Promise<FramePage> {
    const {pageLength} = this.#options.limits
    // Pages start at multiples of their length, so that subscribers at different cursors share a query.
    const start = Math.floor(after / pageLength) * pageLength
    const shared = this.#pages.get(start)
    if (shared) return shared
    const page = this.readAfter(start)
    this.#pages.set(start, page)
    const forget = () => this.#pages.delete(start)
    page.then(forget, forget)
    return page
  }

  #toFrames({records, ...bounds}: SelectedPage): FramePage {
    const {encoder} = this.#options
    return {...bounds, frames: records.map(record => encoder.frameOf(bounds.epoch, record))}
  }
}
