/** Remembers when this process has committed the changes that have not been delivered yet. */

interface Commit {
  seq: number
  at: number
}

export class CommitTimes {
  #commits: Commit[] = []

  /** The change whose last event has this seq was committed at the time `at`. */
  add(seq: number, at: number): void {
    this.#commits.push({seq, at})
  }

  /**
   * Forgets the changes up to this seq. Returns the earliest of their times, or undefined when other processes have
   * made all these changes.
   */
  takeUpTo(seq: number): number | undefined {
    if (this.#commits.length === 0) return undefined
    const delivered = this.#commits.filter(commit => commit.seq <= seq)
    if (delivered.length === 0) return undefined
    this.#commits = this.#commits.filter(commit => commit.seq > seq)
    return Math.min(...delivered.map(({at}) => at))
  }
}
