/** What server processes tell each other about the presence of one board. */

export interface PresenceMessage {
  organizationId: string
  sprintId: string
  items: readonly PresenceItem[]
}

/**
 * Items are independent of each other, so an item may be lost, repeated or reordered: the next renewal repeats what is
 * still true.
 */
export type PresenceItem =
  /**
   * The member is present at the sender, or has tasks open there. The item is valid for some seconds, and the sender
   * renews it. `name` is null when the member has no stream at the sender.
   */
  | readonly [kind: 'has', userId: string, name: string | null, taskIds: readonly string[]]
  /** The member has left the sender. */
  | readonly [kind: 'left', userId: string]
  /** A request of this tab has reached the sender. Every other process forgets what it knows of the tab. */
  | readonly [kind: 'tab', userId: string, clientId: string]
  /** All other processes must send what they have. */
  | readonly [kind: 'query']
