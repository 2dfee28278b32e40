/** Counts the open streams, and decides whether another stream may open. */
import type {StreamLimits} from './limits.ts'

/** The member who opens a stream. */
export interface StreamOwner {
  organizationId: string
  userId: string
}

/** Allows streams to open until a limit is reached. */
export interface StreamPermits {
  /**
   * Returns whether the stream may open. If the stream may open, the stream is counted until `release` is called. If
   * another process counts the streams, returns a promise. The promise rejects when that process does not respond.
   */
  acquire(owner: StreamOwner): boolean | Promise<boolean>
  /** When a counted stream has ended, `release` must be called once for this stream. */
  release(owner: StreamOwner): void
}

/** In the form of the response of `/metrics/organizations`. */
export interface OrganizationStreams {
  organization_id: string
  /** Open streams and waiting polls. */
  streams: number
}

export class StreamCounts implements StreamPermits {
  readonly #limits: StreamLimits
  #total = 0
  readonly #ofOrganization = new Map<string, number>()
  readonly #ofUser = new Map<string, number>()

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  /** The number of open streams. */
  get total(): number {
    return this.#total
  }

  /** Returns the organizations with the most open streams, at most `limit`. */
  topOrganizations(limit: number): OrganizationStreams[] {
    return [...this.#ofOrganization]
      .map(([organization_id, streams]) => ({organization_id, streams}))
      .sort((one, other) => other.streams - one.streams)
      .slice(0, limit)
  }

  acquire({organizationId, userId}: StreamOwner): boolean {
    const ofOrganization = this.#ofOrganization.get(organizationId) ?? 0
    const ofUser = this.#ofUser.get(userId) ?? 0
    const isFull =
      this.#total >= this.#limits.maxStreams ||
      ofOrganization >= this.#limits.maxStreamsPerOrganization ||
      ofUser >= this.#limits.maxStreamsPerUser
    if (isFull) return false
    this.#total++
    this.#ofOrganization.set(organizationId, ofOrganization + 1)
    this.#ofUser.set(userId, ofUser + 1)
    return true
  }

  release({organizationId, userId}: StreamOwner): void {
    this.#total--
    decrement(this.#ofOrganization, organizationId)
    decrement(this.#ofUser, userId)
  }
}

/** Decrements the count of the key. A count of 0 is deleted, so that the map does not grow. */
function decrement(counts: Map<string, number>, key: string): void {
  const count = counts.get(key)! - 1
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
