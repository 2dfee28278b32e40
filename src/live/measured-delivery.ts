/** Measures the delivery of changes that this process has committed: the time since the commit, and a span per trace. */
import {startSpan} from '../tracing/spans.ts'
import type {Commit} from './commit-times.ts'
import type {LiveCounts} from './live-counts.ts'

export class MeasuredDelivery {
  readonly #counts: LiveCounts
  readonly #now: () => number
  /** The earliest commit of the delivery. */
  readonly #committedAt: number
  readonly #spans
  #channels = 0

  /** Must be created before the first write. There must be at least one commit. */
  constructor(commits: readonly Commit[], counts: LiveCounts, now: () => number) {
    this.#counts = counts
    this.#now = now
    this.#committedAt = commits.reduce((earliest, {at}) => Math.min(earliest, at), Number.POSITIVE_INFINITY)
    this.#spans = commits.flatMap(({trace, seq}) =>
      trace ? [startSpan('deliver', {parent: trace, attributes: {'boardcast.seq': seq}})] : [],
    )
  }

  /** Must be called when the events have been written to the sockets of a channel. */
  written(): void {
    this.#channels++
    this.#counts.delivery.add((this.#now() - this.#committedAt) / 1_000)
  }

  end(): void {
    for (const span of this.#spans) {
      span.setAttribute('boardcast.selections', this.#channels)
      span.end()
    }
  }
}
