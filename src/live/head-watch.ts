/** Reads the heads of the watched logs from time to time, all in one statement. This finds what the bus lost. */
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {readHeads} from '../store/event-log.ts'
import type {LiveLimits} from './limits.ts'
import {retryAfterTimeout} from './read-queue.ts'

export interface HeadWatchOptions {
  db: Database
  limits: LiveLimits
  /** The organizations whose logs are watched now. */
  watched: () => readonly string[]
  /** Called with the head of each watched log after every poll. */
  onHead: (organizationId: string, head: Cursor) => Promise<void>
  /** Called when a poll fails. */
  onError: (error: unknown) => void
}

export class HeadWatch {
  readonly #options: HeadWatchOptions
  readonly #timer: NodeJS.Timeout
  #isPolling = false
  /** The heads that are read together at the end of this turn. */
  #batch: {organizationIds: string[]; heads: Promise<Map<string, Cursor>>} | undefined

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#poll(), options.limits.pollIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The head of one log. Reads that are requested in the same turn share one statement. */
  async read(organizationId: string): Promise<Cursor> {
    this.#batch ??= this.#startBatch()
    this.#batch.organizationIds.push(organizationId)
    const head = (await this.#batch.heads).get(organizationId)
    if (!head) throw new Error(`Organization ${organizationId} has no event stream`)
    return head
  }

  #startBatch() {
    const organizationIds: string[] = []
    const heads = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#batch = undefined
      return this.#readHeads(organizationIds)
    })
    return {organizationIds, heads}
  }

  async #poll(): Promise<void> {
    const {watched, onHead, onError} = this.#options
    const organizationIds = watched()
    if (organizationIds.length === 0 || this.#isPolling) return
    this.#isPolling = true
    try {
      const heads = await this.#readHeads(organizationIds)
      await Promise.all([...heads].map(([organizationId, head]) => onHead(organizationId, head)))
    } catch (error) {
      onError(error)
    } finally {
      this.#isPolling = false
    }
  }

  async #readHeads(organizationIds: readonly string[]): Promise<Map<string, Cursor>> {
    const {db, limits} = this.#options
    const heads = await retryAfterTimeout(() => readHeads(db, organizationIds), limits.readTimeoutMs)
    return new Map([...heads].map(([id, {epoch, head}]) => [id, {epoch, seq: head}]))
  }
}
