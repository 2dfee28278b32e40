/** Reads one organization's event log as encoded frames. */
import type {Database} from '../store/connection.ts'
import {type LogBounds, type LogPage, readPage} from '../store/event-log.ts'
import {type Frame, frameOf} from './frames.ts'
import type {ReadQueue} from './read-queue.ts'

/** A gapless run of the log, with the state of the log at the same moment. */
export interface FramePage extends LogBounds {
  frames: readonly Frame[]
}

export interface LogReaderOptions {
  db: Database
  organizationId: string
  /** Limits how many reads run at the same time. */
  queue: ReadQueue
  /** Events per page. */
  pageLength: number
}

export class LogReader {
  readonly #options: LogReaderOptions
  /** Pages that are being read, by the seq before their first event. */
  readonly #pages = new Map<number, Promise<FramePage>>()

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** The events with after < seq <= after + pageLength. */
  async readAfter(after: number): Promise<FramePage> {
    const {db, organizationId, queue, pageLength} = this.#options
    const read = () => readPage(db, organizationId, after, after + pageLength)
    return toFrames(await queue.run(organizationId, read))
  }

  /** The page that contains the event behind `after`. Subscribers that ask while it is being read share it. */
  sharedPage(after: number): Promise<FramePage> {
    const {pageLength} = this.#options
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
}

function toFrames({records, ...state}: LogPage): FramePage {
  return {...state, frames: records.map(record => frameOf(state.epoch, record))}
}
