/**
 * Polls the heads of all watched logs with one statement, to find events that were not published in this process.
 * Starts a new epoch of a log that may have lost events.
 */
import type {Cursor} from '../board/cursor.ts'
import type {Database} from '../store/connection.ts'
import {type LogHead, readHeads, renewEpoch} from '../store/event-log.ts'
import type {LiveLimits} from './limits.ts'
import {ReadQueue, retryAfterTimeout} from './read-queue.ts'

// Two statements can run at the same time. When one statement waits on a dead connection, the other statement can still
// read the heads.
const maxHeadReads = 2

export interface HeadWatchOptions {
  db: Database
  limits: LiveLimits
  /** Returns the last known position in each watched log. The key is the id of the organization. */
  watched: () => ReadonlyMap<string, Cursor>
  /**
   * Called with the head of each watched log after every poll. If a log may have lost events, a new epoch of this log
   * has started before the call.
   */
  onHead: (organizationId: string, head: Cursor) => Promise<void>
  /** Called for each log when its head has been read. The epoch is null when the log does not exist. */
  onEpoch: (organizationId: string, epoch: string | null) => void
  /** Called when the log may have lost events of the epoch `epoch`. Before this call, a new epoch has begun. */
  onRenewed: (organizationId: string, epoch: string) => void
  /** Called after each poll of the heads. Default: none. */
  onPolled?: (outcome: 'ok' | 'failed') => void
  /** Called when a poll fails. */
  onError: (error: unknown) => void
}

export class HeadWatch {
  readonly #options: HeadWatchOptions
  readonly #timer: NodeJS.Timeout
  #isPolling = false
  #mustPollAgain = false
  readonly #queue: ReadQueue
  /** The heads that the next statement reads. Undefined when no statement waits for its turn. */
  #batch: {organizationIds: string[]; heads: Promise<Map<string, LogHead>>} | undefined

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#queue = new ReadQueue(maxHeadReads, options.limits.readTimeoutMs)
    this.#timer = setInterval(() => void this.#poll(), options.limits.pollIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Reads the heads of all watched logs now. If an organization is given, reads only the head of its log. */
  check(organizationId?: string): void {
    if (organizationId === undefined) this.#pollNow()
    else this.#checkOne(organizationId).catch(this.#options.onError)
  }

  /**
   * Returns the head of one log. If the database was restored after the epoch began, a new epoch is started before the
   * head is returned. Calls that wait for their turn at the same time share one statement.
   */
  async read(organizationId: string): Promise<Cursor> {
    this.#batch ??= this.#startBatch()
    this.#batch.organizationIds.push(organizationId)
    const head = (await this.#batch.heads).get(organizationId)
    if (!head) throw new Error(`Organization ${organizationId} has no event stream`)
    return head.isRestored ? this.renewEpoch(organizationId, head.epoch) : head
  }

  /**
   * Starts a new epoch. Call this method when the log may have lost events of `epoch`. If another process has already
   * replaced `epoch`, starts no new epoch. Returns the head.
   */
  async renewEpoch(organizationId: string, epoch: string): Promise<Cursor> {
    const {db, onRenewed} = this.#options
    if (await renewEpoch(db, organizationId, epoch)) onRenewed(organizationId, epoch)
    return this.read(organizationId)
  }

  #startBatch() {
    const organizationIds: string[] = []
    const heads = this.#queue.run('heads', async () => {
      this.#batch = undefined // the next call starts a new batch
      return this.#readHeads(organizationIds)
    })
    return {organizationIds, heads}
  }

  async #checkOne(organizationId: string): Promise<void> {
    await this.#options.onHead(organizationId, await this.read(organizationId))
  }

  /**
   * Polls now. If a poll is already running, another poll follows, because the running poll may have read the heads
   * already.
   */
  #pollNow(): void {
    this.#mustPollAgain = this.#isPolling
    void this.#poll()
  }

  async #poll(): Promise<void> {
    const {limits, watched, onPolled, onError} = this.#options
    // The known positions are copied before the heads are read. If the positions were copied after this read, the
    // positions could be newer than the heads, and the logs would seem to have lost events.
    const known = watched()
    if (known.size === 0 || this.#isPolling) return
    this.#isPolling = true
    try {
      const read = () => this.#readHeads([...known.keys()])
      const heads = await retryAfterTimeout(read, limits.readTimeoutMs)
      // `#followHead` is not awaited, because a log that is slow to read must not delay the next poll of the other
      // logs.
      for (const [id, head] of heads) this.#followHead(id, head, known.get(id)!).catch(onError)
      onPolled?.('ok')
    } catch (error) {
      onPolled?.('failed')
      onError(error)
    } finally {
      this.#isPolling = false
    }
    if (this.#mustPollAgain) this.#pollNow()
  }

  /**
   * Continues at the head. If the log may have lost events, first starts a new epoch. The seqs alone do not show every
   * loss. For example, a standby that lacks the last commits replaces the database, and new commits raise the head
   * again before the next poll. `isRestored` shows such a loss.
   */
  async #followHead(id: string, head: LogHead, known: Cursor): Promise<void> {
    const wentBack = head.epoch === known.epoch && head.seq < known.seq
    await this.#options.onHead(id, wentBack || head.isRestored ? await this.renewEpoch(id, head.epoch) : head)
  }

  async #readHeads(organizationIds: readonly string[]): Promise<Map<string, LogHead>> {
    const {db, onEpoch} = this.#options
    const heads = await readHeads(db, organizationIds)
    for (const id of organizationIds) onEpoch(id, heads.get(id)?.epoch ?? null)
    return heads
  }
}
