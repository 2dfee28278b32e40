/** One stream for all that is not the board: notifications, and what the dashboard shows. */
import {createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState} from 'react'
import type {Member} from '../board/member.ts'
import type {BoardEvent, EventType, Reset, Status} from '../client/client.ts'
import {keepTrying} from '../client/keep-trying.ts'
import {useTaskEvents} from '../client/react.ts'
import {useLoaded} from './loaded.ts'
import {readAll, readWithCursor, useSession} from './session.tsx'

/** How a stream is, as the badge shows it. */
export interface Connection {
  status: Status
  checkedAt: Date | undefined
  reconnect(): void
}

interface NewsListener {
  onEvent(event: BoardEvent, place: {cursor: string}): void
  /** Events were lost: what is shown must be read again. */
  onReset?(reset: Reset): void
}

interface News {
  /** What is read from now on is continued by the stream, without a gap. */
  isReady: boolean
  connection: Connection
  listen(listener: NewsListener): () => void
}

// Tasks come with the board: here they would be much, and nothing shows them.
const types: EventType[] = [
  'project.created',
  'project.updated',
  'project.deleted',
  'project.phase.changed',
  'sprint.created',
  'sprint.updated',
  'sprint.deleted',
  'story.created',
  'story.updated',
  'story.moved',
  'story.deleted',
  'story.status.changed',
  'escalation.created',
  'escalation.responded',
  'agent.started',
  'agent.completed',
  'pr.created',
  'pr.merged',
  'workflow.error',
  'notification.created',
  'notification.read',
  'member.updated',
]
const selection = {topics: ['tasks', 'projects', 'user'] as const, types}

const NewsContext = createContext<News | undefined>(undefined)
const MembersContext = createContext<readonly Member[]>([])

export function NewsProvider({children}: {children: ReactNode}) {
  const {api} = useSession()
  const [cursor, setCursor] = useState<string>()
  const listeners = useRef(new Set<NewsListener>()).current

  useEffect(() => {
    const asking = keepTrying(
      () => readWithCursor(api, '/projects?limit=1'),
      ({cursor}) => setCursor(cursor),
      () => {},
    )
    return () => asking.stop()
  }, [api])

  const {status, checkedAt, reconnect} = useTaskEvents({
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
  const listen = useMemo(
    () => (listener: NewsListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [listeners],
  )
  const connection = {status, checkedAt, reconnect}
  return (
    <NewsContext value={{isReady: cursor !== undefined, connection, listen}}>
      <MembersProvider>{children}</MembersProvider>
    </NewsContext>
  )
}

/** Gives the component what the stream brings; the listener may be another at every render. */
export function useNews(listener: NewsListener): Omit<News, 'listen'> {
  const {listen, ...news} = useContext(NewsContext)!
  const latest = useRef(listener)
  latest.current = listener
  useEffect(
    () =>
      listen({
        onEvent: (event, place) => latest.current.onEvent(event, place),
        onReset: reset => latest.current.onReset?.(reset),
      }),
    [listen],
  )
  return news
}

/** How the stream is; it has no say in what the component shows. */
export function useNewsConnection(): Connection {
  return useContext(NewsContext)!.connection
}

/** Everybody in the organization, so that any id has a name. */
export function useMembers(): readonly Member[] {
  return useContext(MembersContext)
}

/** 'Somebody' until the members are known. */
export function nameIn(members: readonly Member[], userId: string | null): string {
  return members.find(({id}) => id === userId)?.name ?? 'Somebody'
}

function MembersProvider({children}: {children: ReactNode}) {
  const {api} = useSession()
  const {isReady} = useNews({
    onEvent(event) {
      if (event.type !== 'member.updated') return
      const {member} = event
      members.change(known => [...known.filter(({id}) => id !== member.id), member])
    },
    onReset: () => members.reload(),
  })
  const members = useLoaded(isReady && 'members', () => readAll<Member>(api, '/members'))
  return <MembersContext value={members.value ?? []}>{children}</MembersContext>
}
