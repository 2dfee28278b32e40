/**
 * Releases tickets whose streams have ended. When a released ticket opens a stream, no other stream of the ticket is
 * open, so the server does not append a change of access to the log. Without releases, a reconnect of many clients with
 * tickets would append a record for each client.
 */
import {sql} from 'kysely'
import type {Grant} from '../board/access.ts'
import type {Database} from '../store/connection.ts'

export interface TicketReleasesOptions {
  db: Database
  /** Called when a write fails. The tickets of this write are not released. These tickets can still open streams. */
  onError: (error: unknown) => void
  /** Milliseconds from the end of a stream until its ticket is released. Default 50. */
  delayMs?: number
}

interface EndedUse {
  organizationId: string
  id: string
  useId: string
}

const usesPerWrite = 500

export class TicketReleases {
  readonly #options: TicketReleasesOptions
  #ended: EndedUse[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(options: TicketReleasesOptions) {
    this.#options = options
  }

  /** Call this method when a stream has ended. If a ticket has opened the stream, the ticket is released soon. */
  streamEnded({organizationId, grant: {ticket}}: {organizationId: string; grant: Grant}): void {
    if (!ticket) return
    this.#ended.push({organizationId, ...ticket})
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, this.#options.delayMs ?? 50).unref()
  }

  /** Releases the tickets of all streams that have ended. Never rejects. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#writing
    await this.#write()
  }

  /** Only one write runs at a time. A write also releases the tickets of streams that end during the write. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#ended.length > 0) await this.#release(this.#ended.splice(0, usesPerWrite))
    } catch (error) {
      this.#ended = []
      this.#options.onError(error)
    }
  }

  /**
   * Releases a ticket only if the last use of the ticket is the given use. After the release, `first_use_before` limits
   * the time of the next use. A row that another transaction has locked is skipped, because the other transaction is
   * using the ticket again.
   */
  async #release(ended: readonly EndedUse[]): Promise<void> {
    await sql`
      with released as (
        select t.organization_id, t.id from unnest(
          ${ended.map(({organizationId}) => organizationId)}::uuid[], ${ended.map(({id}) => id)}::uuid[],
          ${ended.map(({useId}) => useId)}::uuid[]
        ) as s (organization_id, id, use_id)
        join tickets t on t.organization_id = s.organization_id and t.id = s.id and t.use_id = s.use_id
        for update of t skip locked
      )
      update tickets t set use_id = null, used_at = null, first_use_before = t.delete_after from released
      where t.organization_id = released.organization_id and t.id = released.id`.execute(this.#options.db)
  }
}
