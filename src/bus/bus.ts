/**
 * The bus announces to other processes that an event log has grown, and who looks at a board. An announcement of a log is
 * only a hint: every process also reads the log. Presence is renewed at intervals. Announcements may therefore be lost,
 * repeated or reordered.
 */
import type {PresenceMessage} from '../board/presence-message.ts'
import type {Appended} from '../store/event-log.ts'

export interface Bus {
  /**
   * Announces the records of a committed change to the other processes, with the trace of the active span. Never throws.
   * The announcement is lost when the bus is not connected.
   */
  announce(organizationId: string, appended: Appended): void
  /**
   * Sends the message to the other processes that have subscribed to the organization. Returns false, and sends nothing,
   * while too many bytes wait: presence must not displace the announcements of changes. Never throws.
   */
  announcePresence(message: PresenceMessage): boolean
  /**
   * Requests announcements about the organization's log. Call this method when this process opens its first stream of
   * the organization.
   */
  subscribe(organizationId: string): void
  /** Cancels the request that `subscribe` made. Call this method when the process drops the organization's feed. */
  unsubscribe(organizationId: string): void
  /** Closes the connections. Later announcements are lost. */
  close(): Promise<void>
}

/** Receives the announcements of other processes. */
export interface BusListener {
  /**
   * Called with the records that another process has committed. When the records were too large for the announcement,
   * `appended` has no records, and only the new head is known. `trace` is the `traceparent` of the change. It is undefined
   * when the change is not traced, and when there are no records.
   */
  onAppended(organizationId: string, appended: Appended, trace?: string): void
  /** Called with each message about presence. `sender` is the name of the other process. */
  onPresence(sender: string, message: PresenceMessage): void
  /**
   * Called when announcements may have been lost. There are two cases: a subscription has begun, or the bus has
   * connected. After `subscribe(id)`, `organizationId` is this id. After the bus has connected, `organizationId` is
   * undefined, because announcements of every organization may have been lost.
   */
  onGap(organizationId?: string): void
}

/** The bus of a server that has no other processes. This bus announces nothing. */
export const noBus: Bus = {
  announce() {},
  announcePresence: () => true,
  subscribe() {},
  unsubscribe() {},
  async close() {},
}
