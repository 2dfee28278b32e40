/** What waits for the viewer: in step on all their devices, because reading it is told on the stream as well. */
import {useId, useRef, useState} from 'react'
import type {Notification} from '../board/notification.ts'
import type {Api} from '../client/api.ts'
import {useDismiss} from './dismiss.ts'
import {BellIcon} from './icons.tsx'
import {applyToInbox, type Inbox, tellCause} from './inbox.ts'
import {useLoaded} from './loaded.ts'
import {nameIn, useMembers, useNews} from './news.tsx'
import {refusal} from './notices.ts'
import {useNow} from './now.ts'
import {go} from './route.tsx'
import {readWithCursor, useSession} from './session.tsx'
import {addressOf} from './task-address.ts'
import {useToasts} from './toasts.tsx'
import {ago} from './words.ts'
import './bell.css'

const shownAtOnce = 30 // what is older is found where it happened

export function Bell() {
  const {api} = useSession()
  const {warn} = useToasts()
  const [isOpen, setOpen] = useState(false)
  const area = useRef<HTMLDivElement>(null)
  const panelId = useId()
  useDismiss(area, isOpen, () => setOpen(false))
  const {isReady} = useNews({
    onEvent: (event, {cursor}) => inbox.change(known => applyToInbox(known, event, cursor)),
    onReset: () => inbox.reload(),
  })
  const inbox = useLoaded<Inbox>(isReady && 'inbox', () => readInbox(api))
  const unread = inbox.value?.unread ?? 0

  async function read(path: string, body?: unknown) {
    try {
      await api.call('PUT', path, body)
    } catch (error) {
      warn(refusal(error, 'Your notifications'))
    }
  }

  async function visit(notification: Notification) {
    setOpen(false)
    if (!notification.read_at) void read(`/notifications/${notification.id}/read`)
    go(await addressOf(api, notification))
  }

  return (
    <div className="drop" ref={area}>
      <button
        type="button"
        className="icon-button bell-button"
        aria-label={unread > 0 ? `Notifications, ${unread} unread` : 'Notifications'}
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setOpen(!isOpen)}
      >
        <BellIcon />
        {unread > 0 && <span className="bell-count">{unread > 99 ? '99+' : unread}</span>}
      </button>
      <div id={panelId} className="drop-panel bell-panel" hidden={!isOpen}>
        {isOpen && (
          <InboxPanel
            inbox={inbox.value}
            onVisit={notification => void visit(notification)}
            onReadAll={cursor => void read('/notifications/read', {up_to: cursor})}
          />
        )}
      </div>
    </div>
  )
}

interface InboxPanelProps {
  inbox: Inbox | undefined
  onVisit(notification: Notification): void
  onReadAll(cursor: string): void
}

function InboxPanel({inbox, onVisit, onReadAll}: InboxPanelProps) {
  const members = useMembers()
  const now = useNow()
  if (!inbox) return <p className="muted bell-empty">Your notifications could not be read yet.</p>
  const {items, unread, cursor} = inbox
  return (
    <>
      <header className="bell-head">
        <h2>Notifications</h2>
        {unread > 0 && (
          <button type="button" className="link-button" onClick={() => onReadAll(cursor)}>
            Mark all as read
          </button>
        )}
      </header>
      {items.length === 0 && <p className="muted bell-empty">Nothing waits for you.</p>}
      <ul className="bell-list">
        {items.slice(0, shownAtOnce).map(notification => (
          <li key={notification.id}>
            <button
              type="button"
              data-unread={notification.read_at === null || undefined}
              onClick={() => onVisit(notification)}
            >
              <span className="bell-what">
                <strong>{nameIn(members, notification.actor_user_id)}</strong> {tellCause(notification)}
                <time className="muted" dateTime={notification.created_at}>
                  {ago(notification.created_at, now)}
                </time>
              </span>
              <span className="bell-title">{notification.title}</span>
              {notification.text && <span className="bell-text">{notification.text}</span>}
              {notification.read_at === null && <span className="visually-hidden">Unread</span>}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

async function readInbox(api: Api): Promise<Inbox> {
  const {answer, cursor} = await readWithCursor<{items: Notification[]; unread_count: number}>(
    api,
    `/notifications?limit=${shownAtOnce}`,
  )
  return {items: answer.items, unread: answer.unread_count, cursor}
}
