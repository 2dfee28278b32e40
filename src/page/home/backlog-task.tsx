/** The panel of a task of the backlog, which the page of its project opens. */
import {memo, useCallback, useRef, useState} from 'react'
import type {Backlog, Board} from '../../client/client.ts'
import {Dialog} from '../parts/dialog.tsx'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {useOpenedTask} from '../task/opened-task.ts'
import {useRunSteps} from '../task/run-steps.ts'
import {type OpenedDialog, TaskDialogs} from '../task/task-dialogs.tsx'
import {TaskPanel} from '../task/task-panel.tsx'
import {type KeptPlace, tooLargeText, usePlaceBoard} from './place-boards.ts'

interface BacklogTaskProps {
  projectId: string
  onClose(): void
}

export function BacklogTask({projectId, onClose}: BacklogTaskProps) {
  const {place, ...backlog} = usePlaceBoard({projectId})
  const latestClose = useRef(onClose)
  latestClose.current = onClose
  const close = useCallback(() => latestClose.current(), [])
  if (backlog.value && place) return <OpenedTask board={backlog.value} place={place} onClose={close} />
  return (
    <Dialog title="Task" kind="side" onClose={onClose}>
      <LoadError of={backlog}>Could not load the task. {tooLargeText(backlog.error)}</LoadError>
      {backlog.error === undefined && <Loading label="Loading the task" />}
    </Dialog>
  )
}

interface OpenedTaskProps {
  board: Board | Backlog
  place: KeptPlace
  onClose(): void
}

/**
 * Renders only when the backlog has changed. An open dialog stays when the task is deleted or its story moves into a sprint,
 * because it may contain unsaved text.
 */
const OpenedTask = memo(function OpenedTask({
  board,
  place: {kept, latestEvent, reloads},
  onClose,
}: OpenedTaskProps) {
  const [dialog, setDialog] = useState<OpenedDialog>()
  const {task, id} = useOpenedTask(board)
  const shownBoard = useRef(board)
  shownBoard.current = board
  const run = useRunSteps({kept, shownBoard})
  return (
    <>
      {id && (
        <TaskPanel
          board={board}
          latestEvent={latestEvent}
          reloads={reloads}
          run={run}
          taskId={id}
          task={task}
          onOpen={(kind, task) => setDialog({kind, task})}
          onClose={onClose}
        />
      )}
      {dialog && (
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
})
