/**
 * Reports whether a feed is stale. A feed is stale when the feed has open streams and was last compared with its log
 * too long ago. The streams of a stale feed may lack events that other processes published.
 */
import type {Logger} from 'pino'

interface CheckedFeed {
  readonly streams: number
  /** Milliseconds since the feed was last compared with its log. */
  readonly uncheckedForMs: number
}

export class Staleness {
  readonly #feeds: ReadonlyMap<string, CheckedFeed>
  readonly #staleAfterMs: number
  readonly #log: Logger
  #wasStale = false

  constructor(feeds: ReadonlyMap<string, CheckedFeed>, staleAfterMs: number, log: Logger) {
    this.#feeds = feeds
    this.#staleAfterMs = staleAfterMs
    this.#log = log
  }

  /** Whether at least one feed with open streams has not been compared with its log for more than `staleAfterMs`. */
  get isStale(): boolean {
    return this.#longestMs() > this.#staleAfterMs
  }

  /** Logs an error when the first feed becomes stale, and an info message when no feed is stale any longer. */
  report(): void {
    const {isStale} = this
    if (isStale === this.#wasStale) return
    this.#wasStale = isStale
    if (!isStale) this.#log.info('the event log can be checked again')
    else
      this.#log.error(
        {unchecked_ms: this.#longestMs()},
        'the event log could not be checked; events may arrive late',
      )
  }

  #longestMs(): number {
    let longest = 0
    for (const {streams, uncheckedForMs} of this.#feeds.values()) {
      if (streams > 0) longest = Math.max(longest, uncheckedForMs)
    }
    return longest
  }
}
