/** Reads one organization's event log as encoded frames. */
import type {Database} from '../store/connection.ts'
import {type LogBounds, type LogPage, readPage, readTail} from '../store/event-log.ts'
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
  /** `pageLength` is the maximum number of events per page. */
  limits: {pageLength: number}
}

export class LogReader {
  readonly #options: LogReaderOptions
  #tail: Promise<Tail> | undefined

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** Returns the events with after < seq <= after + pageLength. */
  async readAfter(after: number): Promise<FramePage> {
    const {db, organizationId, queue, encoder, limits} = this.#options
    const upTo = after + limits.pageLength
    const page = await queue.run(organizationId, () => readPage(db, organizationId, after, upTo))
    return framePageOf(page, encoder)
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
    const {db, organizationId, queue, encoder} = this.#options
    const read = () => readTail(db, organizationId, limit, maxBytes)
    const page = framePageOf(await queue.run(organizationId, read), encoder)
    return {...page, isCut: page.frames.length < Math.min(limit, page.head - page.oldest + 1)}
  }
}

export function framePageOf({records, ...bounds}: LogPage, encoder: FrameEncoder): FramePage {
  return {...bounds, frames: records.map(record => encoder.frameOf(bounds.epoch, record))}
}
