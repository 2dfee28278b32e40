/** The viewer's notifications, and how each event changes them. */
import {isUpTo} from '../../client/api-client.ts'
import {maxUnreadCount} from '../../client/board.ts'
import type {BoardEvent, Notification} from '../../client/client.ts'

/** The number of notifications in the list. */
export const maxShown = 30

export interface Inbox {
  /** The latest notifications, the newest first. */
  items: Notification[]
  /**
   * The number of all unread notifications, including unread notifications that are not in `items`. The number is at
   * most `maxUnreadCount`.
   */
  unread: number
  /** The number of unread notifications in each project, by the id of the project. */
  byProject: Readonly<Record<string, number>>
  /**
   * The inbox includes the effects of all events up to this cursor. "Mark all as read" does not change the
   * notifications after this cursor.
   */
  cursor: string
}

/** Returns the inbox after the event. When nothing changes, returns the same object. `cursor` is the event's cursor. */
export function applyToInbox(inbox: Inbox, event: BoardEvent, cursor: string): Inbox {
  if (isUpTo(cursor, inbox.cursor)) return inbox // the fetched inbox already includes the event
  switch (event.type) {
    case 'notification.created': {
      const {notification} = event
      if (inbox.items.some(({id}) => id === notification.id)) return inbox
      return {
        items: [notification, ...inbox.items],
        unread: Math.min(inbox.unread + 1, maxUnreadCount),
        byProject: withMore(inbox.byProject, notification, 1),
        cursor,
      }
    }
    case 'notification.read': {
      const read = new Set(event.notification_ids)
      const newlyRead = inbox.items.filter(({id, read_at}) => read.has(id) && read_at === null)
      const byProject = newlyRead.reduce((counts, item) => withMore(counts, item, -1), inbox.byProject)
      const items = inbox.items.map(item =>
        read.has(item.id) && item.read_at === null ? {...item, read_at: event.timestamp} : item,
      )
      // The number of remaining unread notifications is unknown, so the inbox must be fetched again.
      if (isUnreadCapped(inbox)) return {...inbox, items, byProject, cursor}
      // The event lists only notifications that were unread. A listed notification that is not in `items` was therefore
      // unread too.
      const alreadyRead = inbox.items.filter(({id, read_at}) => read.has(id) && read_at !== null).length
      const unread = Math.max(0, inbox.unread - read.size + alreadyRead)
      return {items, unread, byProject: unread === 0 ? {} : byProject, cursor}
    }
    case 'task.comment.deleted': {
      const isOf = ({comment_id}: Notification) => comment_id === event.comment_id
      if (!inbox.items.some(isOf)) return inbox
      return {...inbox, items: inbox.items.map(item => (isOf(item) ? {...item, text: null} : item)), cursor}
    }
    default:
      return inbox
  }
}

/** Returns true when the number of unread notifications may be greater than `unread`. */
export function isUnreadCapped({unread}: Inbox): boolean {
  return unread >= maxUnreadCount
}

/** Returns whether only the server knows the numbers after the event: it has read notifications that are not in `items`. */
export function makesCountsUnknown(inbox: Inbox, event: BoardEvent): boolean {
  if (event.type !== 'notification.read') return false
  return isUnreadCapped(inbox) || event.notification_ids.some(id => !inbox.items.some(item => item.id === id))
}

function withMore(
  counts: Inbox['byProject'],
  {project_id}: Notification,
  change: number,
): Readonly<Record<string, number>> {
  return {...counts, [project_id]: Math.max(0, (counts[project_id] ?? 0) + change)}
}
