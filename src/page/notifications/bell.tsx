/** The viewer's notifications. When the viewer reads a notification, the stream updates all of the viewer's devices. */
import {useEffect, useId, useRef, useState} from 'react'
import type {ApiClient} from '../../client/api-client.ts'
import type {Notification} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useMembers, useOrganizationEvents} from '../organization/organization-stream.tsx'
import {useVisitTask} from '../organization/visit-task.ts'
import {useDismiss} from '../parts/dismiss.ts'
import {useFetched} from '../parts/fetched.ts'
import {BellIcon} from '../parts/icons.tsx'
import {lazyPanel} from '../parts/lazy-part.tsx'
import {useNotes} from '../parts/notes.tsx'
import type {Observable} from '../parts/observable.ts'
import {useUnreadInTitle} from '../parts/page-title.ts'
import {useSettings} from '../parts/settings.ts'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {showOnDesktop} from './desktop.ts'
import {applyToInbox, type Inbox, isUnreadCapped, makesCountsUnknown, maxShown} from './inbox.ts'
import './bell.css'

export const InboxPanel = lazyPanel(async () => (await import('./inbox-panel.tsx')).InboxPanel)

export function Bell() {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const members = useMembers()
  const visitTask = useVisitTask()
  const [{hasDesktopNotes}] = useSettings()
  const [isOpen, setOpen] = useState(false)
  const area = useRef<HTMLDivElement>(null)
  const panelId = useId()
  useDismiss(area, isOpen, () => setOpen(false))
  const {
    isReady,
    unread: unreadByProject,
    openTask,
  } = useOrganizationEvents({
    onEvent(event, {cursor}) {
      const isUnknown = inbox.value && makesCountsUnknown(inbox.value, event)
      inbox.update(known => applyToInbox(known, event, cursor))
      if (event.type === 'notification.created') {
        const {notification} = event
        showOnDesktop(notification, {
          actor: memberName(members, notification.actor_user_id),
          isChosen: hasDesktopNotes,
          onClick: () => void visit(notification),
        })
      }
      if (isUnknown) inbox.refetch()
    },
    onReset: () => inbox.refetch(),
  })
  const inbox = useFetched<Inbox>(isReady && 'inbox', () => fetchInbox(api))
  const unread = inbox.value?.unread ?? 0
  const unreadText = inbox.value && isUnreadCapped(inbox.value) ? `${unread - 1}+` : String(unread)

  useUnreadInTitle(unread > 0 ? unreadText : '')
  const byProject = inbox.value?.byProject
  useEffect(() => byProject && unreadByProject.set(byProject), [byProject, unreadByProject])

  async function markAsRead(request: Promise<unknown>) {
    try {
      await request
    } catch (error) {
      showWarning(failureText(error, 'Notifications'))
    }
  }

  useReadOf(inbox.value?.items, openTask, id =>
    markAsRead(api.call('PUT /notifications/{id}/read', {params: {id}})),
  )

  async function visit(notification: Notification) {
    setOpen(false)
    const {id, read_at} = notification
    const isVisited = await visitTask(notification)
    if (isVisited && !read_at) void markAsRead(api.call('PUT /notifications/{id}/read', {params: {id}}))
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

/** Marks the notifications of the open task as read while the member looks at the page. */
function useReadOf(
  items: readonly Notification[] | undefined,
  openTask: Observable<string | undefined>,
  markAsRead: (id: string) => void,
): void {
  const marked = useRef(new Set<string>())
  const latest = useRef(markAsRead)
  latest.current = markAsRead
  useEffect(() => {
    const mark = () => {
      if (document.hidden) return
      for (const {id, task_id, read_at} of items ?? []) {
        if (read_at || !task_id || task_id !== openTask.get() || marked.current.has(id)) continue
        marked.current.add(id)
        latest.current(id)
      }
    }
    mark()
    const stop = openTask.subscribe(mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      stop()
      document.removeEventListener('visibilitychange', mark)
    }
  }, [items, openTask])
}

async function fetchInbox(api: ApiClient): Promise<Inbox> {
  const {body, eventId} = await api.request('GET /notifications', {query: {limit: maxShown}})
  // A process of an earlier version counts no projects.
  const counts = (body.unread_by_project ?? []).map(({project_id, count}) => [project_id, count])
  return {
    items: body.items,
    unread: body.unread_count,
    byProject: Object.fromEntries(counts),
    cursor: eventId,
  }
}
