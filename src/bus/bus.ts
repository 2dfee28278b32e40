/**
 * The bus announces to other processes that an event log has grown. It is only a hint: announcements may be lost,
 * repeated or reordered, because every process also reads the log.
 */
import type {Appended} from '../store/event-log.ts'

export interface Bus {
  /**
   * Announces the records of a committed change to the other processes. Never throws. The announcement is lost when the
   * bus is not connected.
   */
  announce(organizationId: string, appended: Appended): void
  /** Requests announcements of the organization's log, because this process has streams of the organization. */
  subscribe(organizationId: string): void
  /** Ends the request of `subscribe`. */
  unsubscribe(organizationId: string): void
  /** Closes the connections. Later announcements are lost. */
  close(): Promise<void>
}

/** Receives the announcements of other processes. */
export interface BusListener {
  /**
   * Called with the records that another process has committed. Without records, only the new head is known, because
   * the announcement had no room for them.
   */
  onAppended(organizationId: string, appended: Appended): void
  /**
   * Called when announcements may have been lost: those of one organization when its subscription begins, and those of
   * all organizations when a connection begins.
   */
  onGap(organizationId?: string): void
}

/** The bus of a server that has no other processes: it announces nothing. */
export const noBus: Bus = {
  announce() {},
  subscribe() {},
  unsubscribe() {},
  async close() {},
}
