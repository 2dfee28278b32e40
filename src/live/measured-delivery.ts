/** Measures the delivery of changes: the time since the commit of this process, and a span per trace. */
import {startSpan} from '../tracing/spans.ts'
import type {Commit} from './commit-times.ts'
import type {LiveCounts} from './live-counts.ts'

export class MeasuredDelivery {
  readonly #counts: LiveCounts
  readonly #now: () => number
  /** The earliest commit of this process. Infinity when other processes have committed all changes. */
  readonly #committedAt: number
  readonly #spans
  #channels = 0

  /** Must be created before the first write. There must be at least one commit. */
  constructor(commits: readonly Commit[], counts: LiveCounts, now: () => number) {
    this.#counts = counts
    this.#now = now
    this.#committedAt = Math.min(...commits.map(({at = Number.POSITIVE_INFINITY}) => at))
    this.#spans = commits.flatMap(({trace, seq}) =>
      trace ? [startSpan('deliver', {parent: trace, attributes: {'boardcast.seq': seq}})] : [],
    )
  }

  /** Must be called when the events have been written to the sockets of a channel. */
  written(): void {
    this.#channels++
    if (this.#committedAt === Number.POSITIVE_INFINITY) return
    this.#counts.delivery.add((this.#now() - this.#committedAt) / 1_000)
  }

  end(): void {
    for (const span of this.#spans) {
      span.setAttribute('boardcast.selections', this.#channels)
      span.end()
    }
  }
}
