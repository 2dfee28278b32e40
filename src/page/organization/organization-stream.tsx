/** One stream for all content outside the board: notifications, members and the dashboard. */
import {createContext, type ReactNode, useContext, useEffect, useMemo, useRef} from 'react'
import {isSignedOut} from '../../client/api-client.ts'
import type {BoardEvent, EventType, Reset, Status, TaskStream, Verification} from '../../client/client.ts'
import {useTaskEvents} from '../../client/react.ts'
import {useFetched} from '../parts/fetched.ts'
import {createObservable, type Observable} from '../parts/observable.ts'
import {useSession} from '../session/session.tsx'
import {type KnownMember, presentMembers, withUpdated} from './members.ts'

/** The state of a stream, as the connection badge shows it. */
export interface Connection {
  status: Status
  checkedAt: Date | undefined
  transport: TaskStream['transport']
  /** Set only for a board: the last comparison with the server's board. */
  verified?: Verification | undefined
  reconnect(): void
}

interface Listener {
  onEvent(event: BoardEvent, place: {cursor: string}): void
  /** Called when events were lost. The component must fetch its data again. */
  onReset?(reset: Reset): void
}

interface OrganizationStream {
  /**
   * Whether the page knows the cursor at which the stream starts. Components fetch their data only when `isReady` is
   * true. The stream then delivers every change that the fetched data does not include.
   */
  isReady: boolean
  /** Why the page does not know this cursor yet, or undefined when no attempt has failed. */
  error: unknown
  connection: Connection
  /** The number of the viewer's unread notifications in each project, by the id of the project. The bell counts them. */
  unread: Observable<Readonly<Record<string, number>>>
  /** The id of the task whose panel is open. The bell then marks the notifications of this task as read. */
  openTask: Observable<string | undefined>
  subscribe(listener: Listener): () => void
}

// Other task events are not selected, because the board has its own stream, and the dashboard does not show tasks. The
// deletion of a comment removes its text from the notifications.
const types: EventType[] = [
  'project.created',
  'project.updated',
  'project.deleted',
  'project.phase.changed',
  'sprint.created',
  'sprint.updated',
  'sprint.status.changed',
  'sprint.deleted',
  'story.created',
  'story.updated',
  'story.moved',
  'story.deleted',
  'story.status.changed',
  'story.ranked',
  'escalation.created',
  'escalation.responded',
  'agent.started',
  'agent.completed',
  'pr.created',
  'pr.merged',
  'workflow.error',
  'notification.created',
  'notification.read',
  'task.comment.deleted',
  'member.updated',
]
const selection = {topics: ['tasks', 'projects', 'user'] as const, types}

const StreamContext = createContext<OrganizationStream | undefined>(undefined)
const MembersContext = createContext<readonly KnownMember[]>([])

export function OrganizationStreamProvider({children}: {children: ReactNode}) {
  const {api} = useSession()
  const listeners = useRef(new Set<Listener>()).current
  const [unread, openTask] = useMemo(
    () => [createObservable({}), createObservable<string | undefined>(undefined)] as const,
    [],
  )

  const start = useFetched('start', () => api.request('GET /projects', {query: {limit: 1}}))
  const cursor = start.value?.eventId

  const stream = useTaskEvents({
    selection,
    cursor,
    enabled: cursor !== undefined,
    onEvent(event, place) {
      for (const {onEvent} of listeners) onEvent(event, place)
    },
    onReset(reset) {
      for (const {onReset} of listeners) onReset?.(reset)
    },
  })
  const subscribe = useMemo(
    () => (listener: Listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [listeners],
  )
  const hasFailed = cursor === undefined && start.error !== undefined
  const statusBefore = isSignedOut(start.error) ? 'signed-out' : 'reconnecting'
  const connection: Connection = {
    status: hasFailed ? statusBefore : stream.status,
    checkedAt: stream.checkedAt,
    transport: stream.transport,
    reconnect: hasFailed ? start.refetch : stream.reconnect,
  }
  return (
    <StreamContext
      value={{isReady: cursor !== undefined, error: start.error, connection, unread, openTask, subscribe}}
    >
      <MembersProvider>{children}</MembersProvider>
    </StreamContext>
  )
}

/** Subscribes the listener while the component is mounted. The listener may change at every render. */
export function useOrganizationEvents(listener: Listener): Omit<OrganizationStream, 'subscribe'> {
  const {subscribe, ...stream} = useContext(StreamContext)!
  const latest = useRef(listener)
  latest.current = listener
  useEffect(
    () =>
      subscribe({
        onEvent: (event, place) => latest.current.onEvent(event, place),
        onReset: reset => latest.current.onReset?.(reset),
      }),
    [subscribe],
  )
  return stream
}

/** The number of the viewer's unread notifications in each project. */
export function useUnread(): OrganizationStream['unread'] {
  return useContext(StreamContext)!.unread
}

/** Tells the bell that the panel of the task is open, while the component is mounted. */
export function useOpenTask(taskId: string): void {
  const {openTask} = useContext(StreamContext)!
  useEffect(() => {
    openTask.set(taskId)
    return () => openTask.set(undefined)
  }, [openTask, taskId])
}

export function useOrganizationConnection(): Connection {
  return useContext(StreamContext)!.connection
}

/**
 * Returns all members of the organization. Removed members are included, because the page also shows the names of
 * removed members. The list is empty until the members are loaded.
 */
export function useMembers(): readonly KnownMember[] {
  return useContext(MembersContext)
}

/** Like `useMembers`, but without removed members. */
export function usePresentMembers(): readonly KnownMember[] {
  return presentMembers(useContext(MembersContext))
}

function MembersProvider({children}: {children: ReactNode}) {
  const {api} = useSession()
  const {isReady} = useOrganizationEvents({
    onEvent(event) {
      if (event.type !== 'member.updated') return
      const {member} = event
      members.update(known => withUpdated(known, member))
    },
    onReset: () => members.refetch(),
  })
  const members = useFetched<KnownMember[]>(isReady && 'members', () =>
    api.all('GET /members', {query: {removed: true}}),
  )
  return <MembersContext value={members.value ?? []}>{children}</MembersContext>
}
