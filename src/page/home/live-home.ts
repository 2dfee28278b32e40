/** The data of the dashboard and the viewer's own tasks, kept up to date by streams. */
import {useEffect, useState} from 'react'
import type {EventType} from '../../client/client.ts'
import {useTaskEvents} from '../../client/react.ts'
import {type Connection, useOrganizationEvents} from '../organization/organization-stream.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {useRefetchSoon} from '../parts/refetch-soon.ts'
import {useSession} from '../session/session.tsx'
import {fetchHome} from './fetch-home.ts'
import {applyToHome, type Home, makesCountsUnknown} from './home-state.ts'
import {afterEvent, fetchOwnTasks, isBefore, type OwnTasks} from './own-tasks.ts'

const taskTypes: EventType[] = [
  'board.imported',
  'task.created',
  'task.deleted',
  'task.updated',
  'task.moved',
  'task.ranked',
  'status_changed',
  'ownership_taken',
  'ownership_released',
  'ownership_transferred',
  'task.blockers.changed',
]

interface LiveHome {
  home: Fetched<Home>
  /** Why the data are not fetched yet: the stream of the organization could not start. */
  startError: unknown
  ownTasks: Fetched<OwnTasks>
  connections: Connection[]
}

/**
 * `projectId` is the only project to show, or undefined to show all projects. With `completedSince`, the tasks of the
 * viewer include the tasks that were completed at this time or later.
 */
export function useLiveHome(projectId: string | undefined, completedSince?: string): LiveHome {
  const {api, me} = useSession()
  const {connection, isReady, error} = useOrganizationEvents({
    onEvent: (event, {cursor}) => home.update(known => applyToHome(known, event, projectId, cursor)),
    onReset: () => home.refetch(),
  })
  const home: Fetched<Home> = useFetched(isReady && `home ${projectId}`, () => fetchHome(api, projectId))
  const ownTasks = useFetched<OwnTasks>(isReady && 'own tasks', () => fetchOwnTasks(api, completedSince))
  const refetchHome = useRefetchSoon(home, 3_000)
  const refetchAfterImport = useRefetchSoon(ownTasks, 3_000)
  // Only the viewer's own pages fetch these tasks again, so a short delay is cheap.
  const refetchOwnTasks = useRefetchSoon(ownTasks, 300)

  // The stream starts at the position of the dashboard that was fetched first.
  const [start, setStart] = useState<string>()
  if (start === undefined && home.value?.cursor) setStart(home.value.cursor)
  const own = ownTasks.value
  useEffect(() => {
    if (own?.isOutdated && !ownTasks.isFetching) refetchOwnTasks()
  })
  const isTooOld = own !== undefined && start !== undefined && isBefore(own, start)
  const {refetch} = ownTasks
  useEffect(() => {
    if (isTooOld) refetch()
  }, [isTooOld, refetch])

  // The stream of the organization has no events of tasks, because the board has them on its own stream.
  const tasks = useTaskEvents({
    selection: {topics: ['tasks'], types: taskTypes, projectId},
    cursor: start,
    enabled: home.value !== undefined,
    onEvent(event, {cursor}) {
      home.update(known => applyToHome(known, event, projectId, cursor))
      if (home.value && makesCountsUnknown(home.value, event)) refetchHome()
      if (event.type === 'board.imported') refetchAfterImport()
      ownTasks.update(known => afterEvent(known, event, cursor, me.user_id))
    },
    onConnect() {
      if (start !== undefined) return
      // The position at which the stream has started is unknown.
      ownTasks.refetch()
    },
    onReset() {
      home.refetch()
      ownTasks.refetch()
    },
  })
  const connections = home.value ? [connection, tasks] : [connection]
  return {home, startError: isReady ? undefined : error, ownTasks, connections}
}
