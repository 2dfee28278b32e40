/** Polls the heads of all watched logs with one statement, to find events that were not published in this process. */
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {readHeads} from '../store/event-log.ts'
import {readTimeline as readDatabaseTimeline} from '../store/timeline.ts'
import type {LiveLimits} from './limits.ts'
import {ReadQueue, retryAfterTimeout} from './read-queue.ts'

const maxHeadReads = 2 // statements at the same time; while one connection is dead, the other statement can run

export interface HeadWatchOptions {
  db: Database
  limits: LiveLimits
  /** Returns the last known position in each watched log, by organization. */
  watched: () => ReadonlyMap<string, Cursor>
  /** Called with the head of each watched log after every poll, unless the log may have lost events. */
  onHead: (organizationId: string, head: Cursor) => Promise<void>
  /** Called for each log when its head has been read. The epoch is null when the log does not exist. */
  onEpoch: (organizationId: string, epoch: string | null) => void
  /** Called when a log may have lost known events, because its head went back or the database was restored. */
  onWentBack: (organizationId: string, known: Cursor) => Promise<void>
  /** Default: `readTimeline` of the store. */
  readTimeline?: (db: Database) => Promise<string | undefined>
  /** Called when a poll fails. */
  onError: (error: unknown) => void
}

export class HeadWatch {
  readonly #options: HeadWatchOptions
  readonly #timer: NodeJS.Timeout
  #isPolling = false
  /** The timeline of Postgres at the last poll. */
  #timeline: string | undefined
  readonly #queue: ReadQueue
  /** The heads that the next statement reads. Undefined when no statement waits for its turn. */
  #batch: {organizationIds: string[]; heads: Promise<Map<string, Cursor>>} | undefined

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#queue = new ReadQueue(maxHeadReads, options.limits.readTimeoutMs)
    this.#timer = setInterval(() => void this.#poll(), options.limits.pollIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Returns the head of one log. Calls that wait for their turn at the same time share one statement. */
  async read(organizationId: string): Promise<Cursor> {
    this.#batch ??= this.#startBatch()
    this.#batch.organizationIds.push(organizationId)
    const head = (await this.#batch.heads).get(organizationId)
    if (!head) throw new Error(`Organization ${organizationId} has no event stream`)
    return head
  }

  #startBatch() {
    const organizationIds: string[] = []
    const heads = this.#queue.run('heads', async () => {
      this.#batch = undefined // later calls start a new batch
      return this.#readHeads(organizationIds)
    })
    return {organizationIds, heads}
  }

  async #poll(): Promise<void> {
    const {limits, watched, onError} = this.#options
    // The positions are taken before the read. Later positions could be newer than the heads that are read.
    const known = watched()
    if (known.size === 0 || this.#isPolling) return
    this.#isPolling = true
    try {
      const isRestored = await this.#isRestored()
      const read = () => this.#readHeads([...known.keys()])
      const heads = await retryAfterTimeout(read, limits.readTimeoutMs)
      // `#notify` is not awaited, because a log that is slow to read must not delay the next poll of the other logs.
      for (const [id, head] of heads) this.#notify(id, head, known.get(id)!, isRestored).catch(onError)
    } catch (error) {
      onError(error)
    } finally {
      this.#isPolling = false
    }
  }

  #notify(id: string, head: Cursor, known: Cursor, isRestored: boolean): Promise<void> {
    const {onHead, onWentBack} = this.#options
    const isSameEpoch = head.epoch === known.epoch
    return isSameEpoch && (isRestored || head.seq < known.seq) ? onWentBack(id, known) : onHead(id, head)
  }

  /**
   * Returns whether Postgres was restored, or replaced by a standby, since the last poll. A standby may lack the last
   * commits. New commits may then reach the old head before the next poll, so the heads alone do not show the loss.
   */
  async #isRestored(): Promise<boolean> {
    const {db, limits, readTimeline = readDatabaseTimeline} = this.#options
    const timeline = await retryAfterTimeout(() => readTimeline(db), limits.readTimeoutMs)
    const isRestored = this.#timeline !== undefined && timeline !== undefined && timeline !== this.#timeline
    this.#timeline = timeline ?? this.#timeline
    return isRestored
  }

  async #readHeads(organizationIds: readonly string[]): Promise<Map<string, Cursor>> {
    const {db, onEpoch} = this.#options
    const heads = await readHeads(db, organizationIds)
    for (const id of organizationIds) onEpoch(id, heads.get(id)?.epoch ?? null)
    return new Map([...heads].map(([id, {epoch, head}]) => [id, {epoch, seq: head}]))
  }
}
