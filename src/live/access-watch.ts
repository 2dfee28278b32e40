/** Ends the streams of clients whose access is withdrawn. */
import {type AccessChange, type Grant, idsOf, type RevocationReason} from '../board/access.ts'
import {endStreams} from './end-streams.ts'
import {Multimap} from './multimap.ts'
import {retryAfterTimeout} from './read-queue.ts'

export interface GrantedStream {
  readonly organizationId: string
  readonly grant: Grant
  /** Ends the stream. A repeated call does nothing. */
  revoke(reason: RevocationReason): void
  /** Ends the stream, so that its client opens another stream. A repeated call does nothing. */
  endUnavailable(reason: 'store'): void
}

/**
 * For each stream, returns the reason why its access was withdrawn, or null when the access still exists. Returns `lost`
 * when the client must authenticate again, for example after a restore from a backup.
 */
export type FindRevoked = (
  streams: readonly Pick<GrantedStream, 'organizationId' | 'grant'>[],
) => Promise<readonly (RevocationReason | 'lost' | null)[]>

/** The part of the server that knows the access of each caller. */
export interface AccessHost {
  /**
   * When the head of a log has been read, this method is called with the epoch of this log. The epoch is null when the
   * organization no longer has a log, for example after a restore from a backup that is older than the organization.
   */
  observeEpoch(organizationId: string, epoch: string | null): void
  /** Called with each change of access that the process receives. The same change may be received several times. */
  applyAccessChange(change: AccessChange): void
  /**
   * Called when the process has skipped a part of the organization's log. The skipped part may contain changes of
   * access.
   */
  forgetLookups(organizationId: string): void
  findRevoked: FindRevoked
}

export interface AccessWatchOptions {
  /** Reads from the database. When `findRevoked` is undefined, only `apply` ends streams. */
  findRevoked: FindRevoked | undefined
  /** Milliseconds after which a read is abandoned. An abandoned read is retried once. */
  readTimeoutMs: number
  /** Milliseconds before a check. One read checks all streams that open within this time. */
  checkDelayMs: number
  /** Milliseconds after which failed checks are repeated. */
  retryIntervalMs: number
  /** Returns the time of a monotonic clock in milliseconds. */
  now: () => number
  /** Called when a check fails. */
  onError: (error: unknown) => void
}

const checkedPerRead = 1_000

export class AccessWatch<T extends GrantedStream> {
  readonly #options: AccessWatchOptions
  /** The open streams. The keys of a stream are the ids of its grant. */
  readonly #streams = new Multimap<T>()
  readonly #unchecked = new Set<T>()
  #timer: NodeJS.Timeout | undefined
  #isChecking = false
  #isStopped = false

  constructor(options: AccessWatchOptions) {
    this.#options = options
  }

  add(stream: T): void {
    for (const id of idsOf(stream.grant)) this.#streams.add(id, stream)
  }

  delete(stream: T): void {
    for (const id of idsOf(stream.grant)) this.#streams.delete(id, stream)
    this.#unchecked.delete(stream)
  }

  /** If the change has a reason, ends the streams that depend on one of the ids of the change. */
  apply({ids, reason}: Pick<AccessChange, 'ids' | 'reason'>): void {
    if (reason === null) return
    const streams = new Set<T>()
    for (const id of ids) this.#streams.collect(id, streams)
    this.#end([...streams], () => reason)
  }

  /**
   * Compares the access of open streams with the database. Call this method for a stream that has just opened, and when
   * a part of the log was skipped. In these two cases, the process may not have received a change of access.
   */
  check(streams: Iterable<T>): void {
    if (!this.#options.findRevoked) return
    for (const stream of streams) this.#unchecked.add(stream)
    this.#schedule(this.#options.checkDelayMs)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped || this.#isChecking || this.#unchecked.size === 0) return
    this.#timer ??= setTimeout(() => void this.#checkNext(), delayMs).unref()
  }

  async #checkNext(): Promise<void> {
    const {checkDelayMs, retryIntervalMs, onError} = this.#options
    this.#timer = undefined
    this.#isChecking = true
    const batch = [...this.#unchecked].slice(0, checkedPerRead)
    for (const stream of batch) this.#unchecked.delete(stream)
    let delayMs = batch.length === checkedPerRead ? 0 : checkDelayMs
    try {
      await this.#checkBatch(batch)
    } catch (error) {
      // Some streams of the batch may have closed during the check. To check a closed stream again has no effect.
      for (const stream of batch) this.#unchecked.add(stream)
      delayMs = retryIntervalMs
      onError(error)
    }
    this.#isChecking = false
    this.#schedule(delayMs)
  }

  async #checkBatch(batch: readonly T[]): Promise<void> {
    if (batch.length === 0) return
    const {findRevoked, readTimeoutMs} = this.#options
    const reasons = await retryAfterTimeout(() => findRevoked!(batch), readTimeoutMs)
    const reasonOf = new Map(batch.map((stream, index) => [stream, reasons[index] ?? null]))
    this.#end(
      batch.filter(stream => reasonOf.get(stream) !== null),
      stream => reasonOf.get(stream)!,
    )
  }

  #end(streams: readonly T[], reasonOf: (stream: T) => RevocationReason | 'lost'): void {
    if (streams.length === 0) return
    const end = (stream: T) => {
      const reason = reasonOf(stream)
      if (reason === 'lost') stream.endUnavailable('store')
      else stream.revoke(reason)
    }
    void endStreams(streams, end, {windowMs: 0, now: this.#options.now})
  }
}
