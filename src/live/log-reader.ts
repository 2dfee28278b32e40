/** Reads one organization's event log as encoded frames. */
import type {Database} from '../store/connection.ts'
import {type LogBounds, type LogPage, readPage, readTail} from '../store/event-log.ts'
import {type EventFilter, readSelected} from '../store/selected-events.ts'
import type {Frame, FrameEncoder} from './frames.ts'
import type {ReadQueue} from './read-queue.ts'

/** Events of the log, with the bounds that the log had when the events were read. */
export interface FramePage extends LogBounds {
  /** When the page was read with a filter, the seqs of the frames can have gaps. Otherwise the seqs have no gaps. */
  frames: readonly Frame[]
  /** The seq of the last event that was examined. */
  upTo: number
}

export interface Tail extends FramePage {
  /** Whether the tail has fewer events than requested, because the events have too many bytes. */
  isCut: boolean
}

export interface LogReaderOptions {
  db: Database
  organizationId: string
  /** Limits how many reads run at the same time. */
  queue: ReadQueue
  encoder: FrameEncoder
  /**
   * `pageLength` is the maximum number of events per page. A read with a filter examines up to `scanLength` events. A
   * page for a replay ends after the event with which the page reaches `maxWaitingBytes` bytes.
   */
  limits: {pageLength: number; scanLength: number; maxWaitingBytes: number}
}

export class LogReader {
  readonly #options: LogReaderOptions
  /** Pages that are being read. The key is the seq before the first event of the page. */
  readonly #pages = new Map<number, Promise<FramePage>>()
  #tail: Promise<Tail> | undefined

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** Returns the events with after < seq <= after + pageLength. */
  async readAfter(after: number): Promise<FramePage> {
    const {db, organizationId, queue, limits} = this.#options
    const upTo = after + limits.pageLength
    return this.#toFrames(await queue.run(organizationId, () => readPage(db, organizationId, after, upTo)))
  }

  /**
   * Returns the newest events: at most `limit` events with at most `maxBytes` bytes of data. Calls that overlap share
   * the read of the first call. The limits of the first call apply to all calls that share the read.
   */
  sharedTail(limit: number, maxBytes: number): Promise<Tail> {
    this.#tail ??= this.#readTail(limit, maxBytes).finally(() => {
      this.#tail = undefined
    })
    return this.#tail
  }

  async #readTail(limit: number, maxBytes: number): Promise<Tail> {
    const {db, organizationId, queue} = this.#options
    const read = () => readTail(db, organizationId, limit, maxBytes)
    const page = this.#toFrames(await queue.run(organizationId, read))
    return {...page, isCut: page.frames.length < Math.min(limit, page.head - page.oldest + 1)}
  }

  /** Returns the next events after `after` that match the filter. */
  async filteredPage(filter: EventFilter, after: number): Promise<FramePage> {
    const {db, organizationId, queue, limits} = this.#options
    const {scanLength, pageLength: limit, maxWaitingBytes: maxBytes} = limits
    const range = {after, upTo: after + scanLength, limit, maxBytes}
    const page = await queue.run(organizationId, () => readSelected(db, organizationId, filter, range))
    return this.#toFrames(page)
  }

  /** Returns a page that contains the event after `after`. Calls that overlap share the read. */
  async sharedPage(after: number): Promise<FramePage> {
    const {pageLength} = this.#options.limits
    // Pages start at multiples of their length, so that subscribers at different cursors share a query.
    const start = Math.floor(after / pageLength) * pageLength
    const page = await this.#pageAfter(start)
    const isTooShort = page.upTo <= after && page.upTo < page.head // a page of large events has fewer events
    return isTooShort ? this.#pageAfter(after) : page
  }

  #pageAfter(after: number): Promise<FramePage> {
    const shared = this.#pages.get(after)
    if (shared) return shared
    const {db, organizationId, queue, limits} = this.#options
    const {pageLength, maxWaitingBytes} = limits
    const read = () => readPage(db, organizationId, after, after + pageLength, maxWaitingBytes)
    const page = queue.run(organizationId, read).then(records => this.#toFrames(records))
    this.#pages.set(after, page)
    const forget = () => this.#pages.delete(after)
    page.then(forget, forget)
    return page
  }

  #toFrames({records, ...bounds}: LogPage): FramePage {
    const {encoder} = this.#options
    return {...bounds, frames: records.map(record => encoder.frameOf(bounds.epoch, record))}
  }
}
