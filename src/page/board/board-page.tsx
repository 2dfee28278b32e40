/** The page of a sprint: its live board, notes about other members' acts, and the state of its connections. */

import {useEffect, useMemo, useRef, useState} from 'react'
import {
  type Board,
  type BoardEvent,
  type BoardTask,
  type EventPlace,
  Problem,
  type Project,
} from '../../client/client.ts'
import {useBoard} from '../../client/react.ts'
import {ConnectionNote} from '../frame/connection-note.tsx'
import {TopBar} from '../frame/top-bar.tsx'
import {useKnownMembers} from '../organization/known-members.ts'
import {
  type Connection,
  useOrganizationConnection,
  useOrganizationEvents,
} from '../organization/organization-stream.tsx'
import {type BoardPresence, PresenceProvider, useBoardPresence} from '../organization/presence.tsx'
import {useFetched} from '../parts/fetched.ts'
import {useFrameValue} from '../parts/frame-value.ts'
import {useNotes} from '../parts/notes.tsx'
import {createObservable, type Observable} from '../parts/observable.ts'
import {Failure, Loading} from '../parts/page-states.tsx'
import {usePageTitle} from '../parts/page-title.ts'
import {boardReloaded, failureSentence, missedChangesText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {useRunSteps} from '../task/run-steps.ts'
import type {Step} from '../task/task-moves.ts'
import {useActNotes} from './act-notes.ts'
import {actOf} from './acts.ts'
import {changeFromEvent} from './change-from-event.ts'
import {createFlashes, type Flashes} from './flashes.ts'
import {SprintBoard, SprintNotFound} from './sprint-board.tsx'

export function BoardPage({sprintId}: {sprintId: string}) {
  const {api} = useSession()
  const presence = useBoardPresence(sprintId)
  const {board, error, retry, connections, isDeleted, ...shown} = useLiveBoard(sprintId, presence)
  const projectId = board?.sprint.project_id
  const project = useFetched(projectId ?? false, () =>
    api.call('GET /projects/{id}', {params: {id: projectId!}}),
  )
  useOrganizationEvents({
    onEvent(event) {
      if (event.type === 'project.updated') project.update(known => newerOf(known, event.project))
    },
    onReset: project.refetch,
  })
  // A hidden tab renders no board, so the sprint may be deleted before its board is shown.
  const wasShown = useRef(false)
  useEffect(() => {
    wasShown.current ||= board !== undefined && !isDeleted
  }, [board, isDeleted])
  const name = board?.sprint.name
  const trail = [
    ...(project.value ? [{label: project.value.name, href: `/projects/${project.value.id}`}] : []),
    ...(name ? [{label: name, href: `/sprints/${sprintId}`}] : []),
  ]
  usePageTitle(name)

  return (
    <>
      <TopBar trail={trail} connections={connections} />
      <ConnectionNote connections={connections} />
      {content()}
    </>
  )

  function content() {
    if (isDeleted && !wasShown.current) return <SprintNotFound />
    if (!board && error !== undefined) {
      return <Failure title="Could not load the board" detail={failureSentence(error)} onRetry={retry} />
    }
    if (!board)
      return (
        <main className="board">
          <h1 className="visually-hidden">Loading the board</h1>
          <Loading />
        </main>
      )
    return (
      <PresenceProvider value={presence}>
        <SprintBoard board={board} limits={project.value?.wip_limits} isDeleted={isDeleted} {...shown} />
      </PresenceProvider>
    )
  }
}

function newerOf(known: Project, received: Project): Project {
  return received.id === known.id && received.version > known.version ? received : known
}

interface BoardState {
  /** The board at the last animation frame, or undefined until the board is loaded. */
  board: Board | undefined
  /** Why the board could not be loaded, or undefined when the latest attempt has not failed. */
  error: unknown
  /** Loads the board now. */
  retry(): void
  connections: Connection[]
  /** True when the sprint was deleted or has never existed. */
  isDeleted: boolean
  flashes: Flashes
  /** The ids of the tasks with an unconfirmed change of the viewer. */
  pending: Observable<ReadonlySet<string>>
  /** The last event that the stream has delivered. */
  latestEvent: Observable<BoardEvent | undefined>
  /** How often the board was loaded again, because the stream has not delivered all events. */
  reloads: Observable<number>
  run(task: BoardTask, steps: Step[]): void
}

function useLiveBoard(sprintId: string, presence: BoardPresence): BoardState {
  const {me} = useSession()
  const {showNote} = useNotes()
  const {showChange, omitTaking} = useActNotes()
  const [isDeleted, setDeleted] = useState(false)
  const [error, setError] = useState<unknown>()
  const flashes = useMemo(createFlashes, [])
  const latestEvent = useMemo(() => createObservable<BoardEvent | undefined>(undefined), [])
  const reloads = useMemo(() => createObservable(0), [])
  const replay = useRef({wasLive: false, missedActs: new Set<string>()})
  const shownBoard = useRef<Board>(undefined)

  const live = useBoard(sprintId, {
    onEvent,
    onPresence: presence.receive,
    onConnect() {
      const {wasLive, missedActs} = replay.current
      if (wasLive && missedActs.size > 0) showNote(missedChangesText(missedActs.size))
      replay.current = {wasLive: true, missedActs: new Set()}
    },
    onReset() {
      replay.current.missedActs.clear()
      showNote(boardReloaded)
      reloads.set(reloads.get() + 1)
    },
    onDivergence: () => reloads.set(reloads.get() + 1),
    onError(error) {
      setError(error)
      if (error instanceof Problem && error.code === 'sprint-not-found') setDeleted(true)
    },
  })
  const board = useKnownMembers(useFrameValue(live.board))
  shownBoard.current = board
  const {status, checkedAt, transport, verified, pendingTaskIds, reconnect} = live
  const pending = useMemo(() => createObservable<ReadonlySet<string>>(new Set()), [])
  useEffect(() => pending.set(pendingTaskIds), [pending, pendingTaskIds])
  const connections = [{status, checkedAt, transport, verified, reconnect}, useOrganizationConnection()]
  const run = useRunSteps({kept: live, shownBoard, onTaken: omitTaking})
  return {
    board,
    error,
    retry: reconnect,
    connections,
    isDeleted,
    flashes,
    pending,
    latestEvent,
    reloads,
    run,
  }

  function onEvent(event: BoardEvent, {isReplay}: EventPlace) {
    if (event.type === 'sprint.deleted') setDeleted(true)
    latestEvent.set(event)
    // The events of an import name no tasks, and their comments are not part of the board.
    if (event.type === 'board.imported') reloads.set(reloads.get() + 1)
    const change = changeFromEvent(event, shownBoard.current, me.user_id)
    if (!change) return
    if (isReplay) {
      replay.current.missedActs.add(actOf(change))
      return
    }
    showChange(change)
    flashes.flash(change.targetId)
  }
}
