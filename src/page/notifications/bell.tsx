/** The viewer's notifications. When the viewer reads a notification, the stream updates all of the viewer's devices. */
import {useId, useRef, useState} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import type {Notification} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers, useOrganizationEvents} from '../organization/organization-stream.tsx'
import {taskAddress} from '../organization/task-address.ts'
import {useDismiss} from '../parts/dismiss.ts'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {timeAgo} from '../parts/format.ts'
import {BellIcon} from '../parts/icons.tsx'
import {useNotes} from '../parts/notes.tsx'
import {useNow} from '../parts/now.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useUnreadInTitle} from '../parts/page-title.ts'
import {go} from '../parts/route.tsx'
import {useSettings} from '../parts/settings.ts'
import {causeTexts, failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {DesktopSetting, showOnDesktop} from './desktop.tsx'
import {applyToInbox, type Inbox, isUnreadCapped} from './inbox.ts'
import './bell.css'

const maxShown = 30

export function Bell() {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const members = useMembers()
  const [{hasDesktopNotes}] = useSettings()
  const [isOpen, setOpen] = useState(false)
  const area = useRef<HTMLDivElement>(null)
  const panelId = useId()
  useDismiss(area, isOpen, () => setOpen(false))
  const {isReady} = useOrganizationEvents({
    onEvent(event, {cursor}) {
      inbox.update(known => applyToInbox(known, event, cursor))
      if (event.type === 'notification.created') {
        const {notification} = event
        showOnDesktop(notification, {
          actor: memberName(members, notification.actor_user_id),
          isChosen: hasDesktopNotes,
          onClick: () => void visit(notification),
        })
      }
      const isUnknown = event.type === 'notification.read' && inbox.value && isUnreadCapped(inbox.value)
      if (isUnknown) inbox.refetch()
    },
    onReset: () => inbox.refetch(),
  })
  const inbox = useFetched<Inbox>(isReady && 'inbox', () => fetchInbox(api))
  const unread = inbox.value?.unread ?? 0
  const unreadText = inbox.value && isUnreadCapped(inbox.value) ? `${unread - 1}+` : String(unread)

  useUnreadInTitle(unread > 0 ? unreadText : '')

  async function markAsRead(request: Promise<unknown>) {
    try {
      await request
    } catch (error) {
      showWarning(failureText(error, 'Notifications'))
    }
  }

  async function visit(notification: Notification) {
    setOpen(false)
    const {id, read_at} = notification
    if (!read_at) void markAsRead(api.call('PUT /notifications/{id}/read', {params: {id}}))
    go(await taskAddress(api, notification))
  }

  return (
    <div className="drop" ref={area}>
      <button
        type="button"
        className="icon-button bell-button"
        aria-label={unread > 0 ? `Notifications, ${unreadText} unread` : 'Notifications'}
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setOpen(!isOpen)}
      >
        <BellIcon />
        {unread > 0 && <span className="bell-count">{unreadText}</span>}
      </button>
      <div id={panelId} className="drop-panel bell-panel" hidden={!isOpen}>
        {isOpen && (
          <InboxPanel
            inbox={inbox}
            onVisit={notification => void visit(notification)}
            onReadAll={cursor =>
              void markAsRead(api.call('PUT /notifications/read', {body: {up_to: cursor}}))
            }
          />
        )}
      </div>
    </div>
  )
}

interface InboxPanelProps {
  inbox: Fetched<Inbox>
  onVisit(notification: Notification): void
  /** Marks all notifications up to `cursor` as read. Later notifications stay unread. */
  onReadAll(cursor: string): void
}

function InboxPanel({inbox, onVisit, onReadAll}: InboxPanelProps) {
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
                <strong>{memberName(members, notification.actor_user_id)}</strong>{' '}
                {causeTexts[notification.cause]}{' '}
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

async function fetchInbox(api: ApiClient): Promise<Inbox> {
  const {body, eventId} = await api.request('GET /notifications', {query: {limit: maxShown}})
  return {items: body.items, unread: body.unread_count, cursor: eventId}
}
