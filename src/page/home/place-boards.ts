/**
 * The live boards of the sprints and backlogs whose tasks the page shows. The tasks of a story and the panel of a task use the
 * same board.
 */
import {useEffect, useState} from 'react'
import {isProblem} from '../../client/api-client.ts'
import {
  type Backlog,
  type Board,
  type BoardEvent,
  type KeptBoard,
  keepBacklog,
  keepBoard,
} from '../../client/client.ts'
import type {HistorySource} from '../history/use-history.ts'
import {useKnownMembers} from '../organization/known-members.ts'
import {useFrameValue} from '../parts/frame-value.ts'
import {createObservable, type Observable, useObservable} from '../parts/observable.ts'
import {placeConnections} from './place-connections.ts'

/** A sprint, or the backlog of a project. */
export type Place = {sprintId: string} | {projectId: string}

/** What is known about a board. */
interface Known {
  board?: Board | Backlog | undefined
  /** Why the last attempt to load the board failed. */
  error?: unknown
}

export interface KeptPlace extends Pick<HistorySource, 'latestEvent' | 'reloads'> {
  key: string
  kept: KeptBoard | KeptBoard<Backlog>
  known: Observable<Known>
  users: number
}

/** The places whose board a component uses. */
const places = new Map<string, KeptPlace>()

interface PlaceBoard {
  /** Undefined until the board has loaded. */
  value: Board | Backlog | undefined
  /** Why the last attempt to load the board failed. */
  error: unknown
  /** Loads the board now. */
  refetch(): void
  /** Undefined until the component has rendered. */
  place: KeptPlace | undefined
}

export function usePlaceBoard(place: Place): PlaceBoard {
  const [used, setUsed] = useState<KeptPlace>()
  const key = keyOf(place)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key changes with the place
  useEffect(() => {
    const opened = open(key, place)
    setUsed(opened)
    return () => leave(opened)
  }, [key])
  const current = used?.key === key ? used : undefined
  const {board, error} = useObservable(current?.known ?? nothingKnown)
  const value = useKnownMembers(useFrameValue(board))
  return {value, error, refetch: () => current?.kept.reconnect(), place: current}
}

/** Returns what the viewer can do when a backlog is too large for a page. */
export function tooLargeText(error: unknown): string | undefined {
  return isProblem(error, 'backlog-too-large') ? error.message : undefined
}

const nothingKnown = createObservable<Known>({})

function open(key: string, place: Place): KeptPlace {
  const opened = places.get(key) ?? keep(key, place)
  places.set(key, opened)
  opened.users++
  return opened
}

function leave(place: KeptPlace): void {
  if (--place.users > 0) return
  places.delete(place.key)
  place.kept.close()
  showConnections()
}

/** A board that is opened must not make the page look disconnected, so its first attempt is not shown. */
function showConnections(): void {
  const opened = [...places.values()].filter(
    ({kept, known}) => kept.status !== 'connecting' || known.get().error !== undefined,
  )
  placeConnections.set(
    opened.map(({kept: {status, checkedAt, transport, reconnect}}) => ({
      status,
      checkedAt,
      transport,
      reconnect,
    })),
  )
}

function keep(key: string, place: Place): KeptPlace {
  const known = createObservable<Known>({})
  const latestEvent = createObservable<BoardEvent | undefined>(undefined)
  const reloads = createObservable(0)
  const reload = () => reloads.set(reloads.get() + 1)
  const callbacks = {
    onBoard: (board: Board | Backlog) => known.set({board}),
    onError(error: unknown) {
      known.set({...known.get(), error})
      showConnections()
    },
    onStatus: showConnections,
    onTransport: showConnections,
    onReset: reload,
    onEvent(event: BoardEvent) {
      latestEvent.set(event)
      // The events of an import name no tasks, and their comments are not part of the board. A backlog also gets the events
      // of imports into sprints.
      if (event.type === 'board.imported' && ('sprintId' in place || !event.sprint_id)) reload()
    },
  }
  const kept =
    'sprintId' in place ? keepBoard({...place, ...callbacks}) : keepBacklog({...place, ...callbacks})
  return {key, kept, known, latestEvent, reloads, users: 0}
}

function keyOf(place: Place): string {
  return 'sprintId' in place ? place.sprintId : place.projectId
}
