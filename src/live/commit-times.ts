/** Remembers the changes that this process has not delivered yet, to measure and to trace their deliveries. */
import type {Context} from '@opentelemetry/api'

export interface Commit {
  seq: number
  /**
   * The time of the commit, measured with the clock that never goes back. Undefined when another process has committed
   * the change.
   */
  at: number | undefined
  /** The trace of the change, if the trace is recorded. */
  trace: Context | undefined
}

export class CommitTimes {
  #commits: Commit[] = []

  /** Adds a change whose last event has the seq `seq`. */
  add(commit: Commit): void {
    this.#commits.push(commit)
  }

  /** Removes the changes up to this seq, and returns them. */
  takeUpTo(seq: number): readonly Commit[] {
    const commits = this.#commits
    if (commits.length === 0) return commits
    this.#commits = commits.filter(commit => commit.seq > seq)
    return commits.filter(commit => commit.seq <= seq)
  }
}
