/** The panel of a task of the backlog, which the page of its project opens. */
import {useEffect, useRef, useState} from 'react'
import {findTask} from '../../client/board.ts'
import type {Board, Task} from '../../client/client.ts'
import {addressOf} from '../organization/task-address.ts'
import {Dialog} from '../parts/dialog.tsx'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {openedIn} from '../parts/opened.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {goInPlace} from '../parts/route.tsx'
import {useSession} from '../session/session.tsx'
import {findTaskByName} from '../task/find-task-by-name.ts'
import {type OpenedDialog, TaskDialogs} from '../task/task-dialogs.tsx'
import {TaskElsewhere} from '../task/task-elsewhere.tsx'
import {TaskPanel} from '../task/task-panel.tsx'
import {useHomeEvents, useStoryBoard} from './story-board.ts'

interface BacklogTaskProps {
  projectId: string
  /** The key or the id of the task. */
  name: string
  onClose(): void
}

/**
 * An open dialog, and the last board, stay when the task is deleted or its story moves into a sprint, because the dialog may
 * contain unsaved text.
 */
export function BacklogTask({projectId, name, onClose}: BacklogTaskProps) {
  const {api} = useSession()
  const [dialog, setDialog] = useState<OpenedDialog>()
  const found = useFetched(name, () => findTaskByName(api, name))
  const task = found.value
  const known = useRef<{task?: Task; board?: Board}>({})
  if (task) known.current.task = task
  const {task: latest} = known.current
  useHomeEvents(event => {
    const hasMoved = event.type === 'task.moved' || event.type === 'task.deleted'
    if (hasMoved && (found.isFetching || event.task_id === task?.id)) found.refetch()
  }, found.refetch)
  useEffect(() => {
    const {questionId} = openedIn(location.hash)
    if (task && task.project_id !== projectId) goInPlace(addressOf(task, questionId))
  }, [task, projectId])
  const story = useStoryBoard(latest?.story_id, projectId)
  if (story.value) known.current.board = story.value
  const {board} = known.current
  const {latestEvent, reloads, run} = story

  return (
    <>
      {panel()}
      {dialog && board && (
        <TaskDialogs
          dialog={dialog}
          board={board}
          run={run}
          onDeleted={onClose}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  )

  function panel() {
    if (task === null || task?.sprint_id) {
      const id = latest?.id ?? name
      return <TaskElsewhere key={`${id} ${task?.sprint_id}`} taskId={id} sprintId={null} onClose={onClose} />
    }
    const shown = latest && findTask(board, latest.id)
    if (!latest || !board || !shown)
      return <LoadingTask title={latest?.title ?? 'Task'} parts={[found, story]} onClose={onClose} />
    return (
      <TaskPanel
        board={board}
        latestEvent={latestEvent}
        reloads={reloads}
        run={run}
        taskId={latest.id}
        task={shown}
        onOpen={(kind, task) => setDialog({kind, task})}
        onClose={onClose}
      />
    )
  }
}

interface LoadingTaskProps {
  title: string
  parts: readonly Fetched<unknown>[]
  onClose(): void
}

function LoadingTask({title, parts, onClose}: LoadingTaskProps) {
  const failed = parts.find(({value, error}) => value === undefined && error !== undefined)
  return (
    <Dialog title={title} kind="side" onClose={onClose}>
      {failed ? (
        <LoadError of={failed}>Could not load the task.</LoadError>
      ) : (
        <Loading label="Loading the task" />
      )}
    </Dialog>
  )
}
