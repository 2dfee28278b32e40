/** The page of a sprint: its board as it is now, what others do to it, and whether that is live. */
import {useEffect, useMemo, useRef, useState} from 'react'
import type {Board} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import type {Project} from '../board/project.ts'
import type {Task} from '../board/task.ts'
import {type BoardEvent, Problem} from '../client/client.ts'
import type {EventPlace} from '../client/connection.ts'
import {type LiveBoard, useBoard} from '../client/react.ts'
import {ConnectionNote} from './connection-note.tsx'
import {useEachFrame} from './each-frame.ts'
import {createFlashes, type Flashes} from './flashes.ts'
import {type Held, hold} from './held.ts'
import {useLoaded} from './loaded.ts'
import {type Connection, useNews, useNewsConnection} from './news.tsx'
import {changeOf, isLostRace, refusal, tellReplay} from './notices.ts'
import {Failure, Waiting} from './page-states.tsx'
import {useSession} from './session.tsx'
import {SprintBoard} from './sprint-board.tsx'
import type {Step} from './task-moves.ts'
import {useToasts} from './toasts.tsx'
import {TopBar} from './top-bar.tsx'

export function BoardPage({sprintId}: {sprintId: string}) {
  const {api} = useSession()
  const {board, connections, failure, flashes, latestComment, run} = useWatchedBoard(sprintId)
  const projectId = board?.sprint.project_id
  const project = useLoaded(projectId ?? false, () => api.call<Project>('GET', `/projects/${projectId}`))
  useNews({
    onEvent(event) {
      if (event.type === 'project.updated') project.change(known => newer(known, event.project))
    },
    onReset: project.reload,
  })
  const name = board?.sprint.name
  const trail = [
    ...(project.value ? [{label: project.value.name, href: `/projects/${project.value.id}`}] : []),
    ...(name ? [{label: name, href: `/sprints/${sprintId}`}] : []),
  ]
  useEffect(() => {
    if (name) document.title = `${name} · Boardcast`
  }, [name])

  return (
    <>
      <TopBar trail={trail} connections={connections} />
      {failure === 'gone' ? (
        <Failure title="There is no such sprint" detail="It was deleted, or the address is not right." />
      ) : (
        <>
          <ConnectionNote connections={connections} />
          {board ? (
            <SprintBoard board={board} flashes={flashes} latestComment={latestComment} run={run} />
          ) : (
            <Waiting label="Loading the board" />
          )}
        </>
      )}
    </>
  )
}

function newer(known: Project, told: Project): Project {
  return told.id === known.id && told.version > known.version ? told : known
}

interface WatchedBoard {
  /** As of the last frame; undefined until it was read. */
  board: Board | undefined
  connections: Connection[]
  /** `gone`: there is no such sprint, or not any more. */
  failure: 'gone' | undefined
  flashes: Flashes
  latestComment: Held<Comment | undefined>
  run(task: Task, steps: Step[]): void
}

function useWatchedBoard(sprintId: string): WatchedBoard {
  const {me} = useSession()
  const toasts = useToasts()
  const [failure, setFailure] = useState<'gone'>()
  const flashes = useMemo(createFlashes, [])
  const latestComment = useMemo(() => hold<Comment | undefined>(undefined), [])
  const seen = useRef({wasLive: false, missed: 0})
  const shown = useRef<Board>(undefined)

  const live = useBoard(sprintId, {
    onEvent: hear,
    onConnect() {
      const {wasLive, missed} = seen.current
      if (wasLive && missed > 0) toasts.say(tellReplay(missed))
      seen.current = {wasLive: true, missed: 0}
    },
    onReset() {
      seen.current.missed = 0
      toasts.say({
        title: 'The board was read anew',
        detail: 'You were away for too long to tell what changed.',
      })
    },
    onError(error) {
      if (error instanceof Problem && error.code === 'sprint-not-found') setFailure('gone')
    },
  })
  const board = useEachFrame(live.board)
  shown.current = board
  const news = useNewsConnection()
  const {status, checkedAt, reconnect} = live
  const connections = [{status, checkedAt, reconnect}, news]
  return {board, connections, failure, flashes, latestComment, run: useRun(live)}

  function hear(event: BoardEvent, {isReplay}: EventPlace) {
    if (event.type === 'sprint.deleted') setFailure('gone')
    if (event.type === 'task.commented') latestComment.set(event.comment)
    const change = changeOf(event, shown.current, me.user_id)
    if (!change) return
    if (isReplay) seen.current.missed++
    else {
      toasts.change(change)
      if (change.taskId) flashes.flash(change.taskId)
    }
  }
}

/** Does the steps one after the other; what is refused is told, and the board is as before. */
function useRun({take, release, setStatus}: LiveBoard): WatchedBoard['run'] {
  const {warn} = useToasts()
  return useMemo(() => {
    const doStep = (taskId: string, step: Step) => {
      if (step === 'take') return take(taskId)
      return step === 'release' ? release(taskId) : setStatus(taskId, step)
    }
    return async (task, steps) => {
      try {
        for (const step of steps) await doStep(task.id, step)
      } catch (error) {
        warn(refusal(error, task.title), isLostRace(error) ? task.id : undefined)
      }
    }
  }, [take, release, setStatus, warn])
}
