/** What server processes tell each other about the presence of one board. */

export interface PresenceMessage {
  organizationId: string
  sprintId: string
  items: readonly PresenceItem[]
}

/**
 * An item may be lost, repeated or reordered. The digest shows receivers that they have missed an item, and then they
 * query all items.
 */
export type PresenceItem =
  /**
   * The member is present at the sender, or has tasks open there. The item is valid for some seconds. Each
   * matching digest of the sender makes it valid for some seconds more. `name` is null when the member has no stream at the sender.
   */
  | readonly [kind: 'has', userId: string, name: string | null, taskIds: readonly string[]]
  /** The member has left the sender. */
  | readonly [kind: 'left', userId: string]
  /** A request of this tab has reached the sender. Every other process forgets what it knows of the tab. */
  | readonly [kind: 'tab', userId: string, clientId: string]
  /** The digest of all items `has` that the sender has sent, without those of members who have left. */
  | readonly [kind: 'digest', value: number]
  /** All other processes must send what they have. */
  | readonly [kind: 'query']
