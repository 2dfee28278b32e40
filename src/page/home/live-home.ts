/** The data of the dashboard and the viewer's own tasks, kept up to date by streams. */
import {useEffect, useRef} from 'react'
import type {BoardEvent, BoardTask, EventType} from '../../client/client.ts'
import {useTaskEvents} from '../../client/react.ts'
import {type Connection, useOrganizationEvents} from '../organization/organization-stream.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {useSession} from '../session/session.tsx'
import {fetchHome} from './fetch-home.ts'
import {applyToHome, type Home, makesCountsUnknown} from './home-state.ts'

const taskTypes: EventType[] = [
  'task.created',
  'task.deleted',
  'task.updated',
  'task.moved',
  'status_changed',
  'ownership_taken',
  'ownership_released',
]

interface LiveHome {
  home: Fetched<Home>
  /** Why the data are not fetched yet: the stream of the organization could not start. */
  startError: unknown
  /** The viewer's open tasks, oldest first. */
  ownTasks: Fetched<BoardTask[]>
  connections: Connection[]
}

/** `projectId` is the only project to show, or undefined to show all projects. */
export function useLiveHome(projectId: string | undefined): LiveHome {
  const {api, me} = useSession()
  const {connection, isReady, error} = useOrganizationEvents({
    onEvent: (event, {cursor}) => home.update(known => applyToHome(known, event, projectId, cursor)),
    onReset: () => home.refetch(),
  })
  const home: Fetched<Home> = useFetched(isReady && `home ${projectId}`, () => fetchHome(api, projectId))
  const ownTasks = useFetched<BoardTask[]>(isReady && 'own tasks', () => api.all('GET /me/tasks'))
  const refetchHome = useSoon(home.refetch)
  const refetchOwnTasks = useSoon(ownTasks.refetch)

  // The stream of the organization has no events of tasks, because the board has them on its own stream.
  const tasks = useTaskEvents({
    selection: {topics: ['tasks'], types: taskTypes, ...(projectId && {project_id: [projectId]})},
    cursor: home.value?.cursor,
    enabled: home.value !== undefined,
    onEvent(event, {cursor}) {
      home.update(known => applyToHome(known, event, projectId, cursor))
      if (home.value && makesCountsUnknown(home.value, event)) refetchHome()
      if (concerns(event, me.user_id, ownTasks.value ?? [])) refetchOwnTasks()
    },
    onReset() {
      home.refetch()
      ownTasks.refetch()
    },
  })
  const connections = home.value ? [connection, tasks] : [connection]
  return {home, startError: isReady ? undefined : error, ownTasks, connections}
}

/** Returns whether the event changes the list of the member's open tasks. */
function concerns(event: BoardEvent, userId: string, owned: readonly BoardTask[]): boolean {
  if (event.type === 'ownership_taken' && event.owner_user_id === userId) return true
  return 'task_id' in event && owned.some(({id}) => id === event.task_id)
}

const leastSoonMs = 3_000

/** Returns a function that calls `act` once, 3 to 12 s after its first call. Then many events cause one request. */
function useSoon(act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    // A random delay, because many pages receive the same event.
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined
        act()
      },
      leastSoonMs * (1 + 3 * Math.random()),
    )
  }
}
