/** How the events of a stream change the presence of a board. The function is pure. Server tests and clients use it. */

export interface PresentMember {
  user_id: string
  name: string
  /** The tasks that the member has open, sorted. */
  task_ids: string[]
}

export interface Presence {
  /** Sorted by `user_id`. */
  members: PresentMember[]
  /** The number of present members who are not listed in `members`. */
  more: number
}

export interface PresenceChange {
  joined: PresentMember[]
  left: string[]
  updated: PresentMember[]
  more: number
}

export const nobodyPresent: Presence = {members: [], more: 0}

/**
 * Returns the presence after an event `presence.state` or `presence.changed`. Applying an event twice has the same
 * result as applying the event once.
 */
export function applyPresence({members}: Presence, event: Presence | PresenceChange): Presence {
  const {more} = event
  if ('members' in event) return {members: event.members, more}
  const entries = new Map(members.map(member => [member.user_id, member]))
  for (const id of event.left) entries.delete(id)
  for (const member of [...event.joined, ...event.updated]) entries.set(member.user_id, member)
  return {members: [...entries.values()].sort(byUserId), more}
}

function byUserId(one: PresentMember, other: PresentMember): number {
  return one.user_id < other.user_id ? -1 : 1
}
