/** The viewer's notifications, and what each event does to them. */
import type {BoardEvent} from '../board/events.ts'
import type {Notification, NotificationCause} from '../board/notification.ts'
import {isUpTo} from '../client/position.ts'

export interface Inbox {
  /** The newest first. */
  items: Notification[]
  /** Of all there are, whatever `items` holds. */
  unread: number
  /** Up to here everything is known: what was made later is not read with the rest. */
  cursor: string
}

/** `cursor` is the event's: what the list has already is not done twice. */
export function applyToInbox(inbox: Inbox, event: BoardEvent, cursor: string): Inbox {
  if (isUpTo(cursor, inbox.cursor)) return inbox
  switch (event.type) {
    case 'notification.created': {
      const {notification} = event
      if (inbox.items.some(({id}) => id === notification.id)) return inbox
      return {items: [notification, ...inbox.items], unread: inbox.unread + 1, cursor}
    }
    case 'notification.read': {
      const read = new Set(event.notification_ids)
      const items = inbox.items.map(item =>
        read.has(item.id) && item.read_at === null ? {...item, read_at: event.timestamp} : item,
      )
      // Those that are not among the items are counted all the same. What was read before the list came is not.
      const known = inbox.items.filter(({id, read_at}) => read.has(id) && read_at !== null).length
      return {items, unread: Math.max(0, inbox.unread - read.size + known), cursor}
    }
    default:
      return inbox
  }
}

const causes: Record<NotificationCause, string> = {
  ownership_released: 'released your task',
  'task.completed': 'completed',
  'task.failed': 'set to failed',
  'task.cancelled': 'cancelled',
  'task.moved': 'moved to another sprint',
  'task.commented': 'commented on',
  'escalation.created': 'asks you',
  'escalation.responded': 'answered your question',
}

/** What the actor did, to be followed by the title. */
export function tellCause({cause}: Notification): string {
  return causes[cause]
}
