/**
 * Stores the time of each member's last request. The stored times are not exact, so that most requests cause no write
 * to the database.
 */
import {sql} from 'kysely'
import type {Caller} from '../board/member.ts'
import type {Database} from '../store/connection.ts'

export interface LastSeenOptions {
  db: Database
  /** Called when a write fails. The next write tries to store the same times again. */
  onError: (error: unknown) => void
  /** Milliseconds between two writes. Default 5,000. */
  writeIntervalMs?: number
  /** The time of day, in milliseconds since 1970. Default: the system's clock. */
  now?: () => number
}

// When a request of a member has been noted, further requests of this member are not noted until this time has passed.
const minIntervalMs = 5 * 60_000
const maxMembers = 100_000 // when `#noted` contains this number of members, `#noted` is cleared
const membersPerWrite = 1_000

export class LastSeen {
  readonly #options: LastSeenOptions
  readonly #now: () => number
  /** The last noted time of each member. */
  #noted = new Map<string, number>()
  /** The times that have not been written yet. */
  readonly #unwritten = new Map<string, {organizationId: string; at: number}>()
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> | undefined

  constructor(options: LastSeenOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#timer = setInterval(() => void this.write(), options.writeIntervalMs ?? 5_000)
    this.#timer.unref()
  }

  /** Call this method when a request of the member has been authenticated. */
  note({organization_id: organizationId, user_id: memberId}: Caller): void {
    const at = this.#now()
    const last = this.#noted.get(memberId)
    if (last !== undefined && at - last < minIntervalMs) return
    if (this.#noted.size >= maxMembers) this.#noted.clear()
    this.#noted.set(memberId, at)
    if (this.#unwritten.size < maxMembers) this.#unwritten.set(memberId, {organizationId, at})
  }

  /** Writes all noted times. Never throws. If a write is already in progress, returns the promise of this write. */
  write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  /** Stops the timer, and then writes all noted times. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#unwritten.size > 0) {
        const batch = [...this.#unwritten].slice(0, membersPerWrite)
        await this.#writeBatch(batch)
        for (const [memberId, noted] of batch) {
          if (this.#unwritten.get(memberId) === noted) this.#unwritten.delete(memberId)
        }
      }
    } catch (error) {
      this.#options.onError(error)
    }
  }

  /**
   * If the row of a member is locked, the statement skips this member, so that the statement never waits for a change
   * of the member.
   */
  async #writeBatch(batch: readonly [string, {organizationId: string; at: number}][]): Promise<void> {
    await sql`
      with seen as (
        select m.organization_id, m.id, s.at from unnest(
          ${batch.map(([, {organizationId}]) => organizationId)}::uuid[], ${batch.map(([id]) => id)}::uuid[],
          ${batch.map(([, {at}]) => new Date(at).toISOString())}::timestamptz[]
        ) as s (organization_id, id, at)
        join members m on m.organization_id = s.organization_id and m.id = s.id
        order by m.organization_id, m.id
        for no key update of m skip locked
      )
      update members m set last_seen_at = greatest(m.last_seen_at, seen.at) from seen
      where m.organization_id = seen.organization_id and m.id = seen.id`.execute(this.#options.db)
  }
}
