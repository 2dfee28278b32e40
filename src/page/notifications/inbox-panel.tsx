/** The list of the viewer's notifications. */
import type {Notification} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers} from '../organization/organization-stream.tsx'
import type {Fetched} from '../parts/fetched.ts'
import {timeAgo} from '../parts/format.ts'
import {useNow} from '../parts/now.ts'
import {LoadError} from '../parts/page-states.tsx'
import {causeText} from '../parts/words.ts'
import {DesktopSetting} from './desktop-setting.tsx'
import {type Inbox, maxShown} from './inbox.ts'

export interface InboxPanelProps {
  inbox: Fetched<Inbox>
  onVisit(notification: Notification): void
  /** Marks all notifications up to `cursor` as read. Later notifications stay unread. */
  onReadAll(cursor: string): void
}

export function InboxPanel({inbox, onVisit, onReadAll}: InboxPanelProps) {
  const members = useMembers()
  const now = useNow()
  const {items, unread, cursor} = inbox.value ?? {items: [], unread: 0, cursor: ''}
  return (
    <>
      <div className="bell-head">
        <h2>Notifications</h2>
        {unread > 0 && (
          <button type="button" className="link-button" onClick={() => onReadAll(cursor)}>
            Mark all as read
          </button>
        )}
      </div>
      <LoadError of={inbox}>Could not load your notifications.</LoadError>
      {inbox.value && items.length === 0 && <p className="muted bell-empty">No notifications yet.</p>}
      <ul className="bell-list">
        {items.slice(0, maxShown).map(notification => (
          <li key={notification.id}>
            <button
              type="button"
              data-unread={notification.read_at === null || undefined}
              onClick={() => onVisit(notification)}
            >
              <span>
                <strong>{memberName(members, notification.actor_user_id)}</strong> {causeText(notification)}{' '}
                <time className="muted" dateTime={notification.created_at}>
                  {timeAgo(notification.created_at, now)}
                </time>
              </span>
              <span className="bell-title">{notification.title}</span>
              {notification.text && <span className="bell-text">{notification.text}</span>}
              {isOfDeletedComment(notification) && <span className="muted">The comment was deleted.</span>}
              {notification.read_at === null && <span className="visually-hidden">Unread</span>}
            </button>
          </li>
        ))}
      </ul>
      <DesktopSetting />
    </>
  )
}

function isOfDeletedComment({comment_id, text}: Notification): boolean {
  return comment_id !== null && text === null
}
