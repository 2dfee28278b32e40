/** The dialogs about one task. */
import {findTask} from '../../client/board.ts'
import type {Backlog, Board, BoardTask} from '../../client/client.ts'
import {AskRelease} from '../questions/ask-release.tsx'
import {NewEscalation} from '../questions/new-escalation.tsx'
import {AssignTask} from './assign-task.tsx'
import {DeleteTask, EditTask} from './edit-task.tsx'
import {MoveTask} from './move-task.tsx'
import type {TaskDialog} from './task-menu.tsx'
import type {Step} from './task-moves.ts'

/** A dialog that is open about this task. */
export interface OpenedDialog {
  kind: TaskDialog
  task: BoardTask
}

interface TaskDialogsProps {
  dialog: OpenedDialog
  board: Board | Backlog
  run(task: BoardTask, steps: Step[]): void
  onDeleted(taskId: string): void
  onClose(): void
}

export function TaskDialogs({dialog: {kind, task}, board, run, onDeleted, onClose}: TaskDialogsProps) {
  switch (kind) {
    case 'edit-task':
      return (
        <EditTask task={task} labels={board.labels} isGone={!findTask(board, task.id)} onClose={onClose} />
      )
    case 'delete-task':
      return <DeleteTask task={task} onDeleted={() => onDeleted(task.id)} onClose={onClose} />
    case 'ask':
      return <NewEscalation task={task} onClose={onClose} />
    case 'ask-release':
      return <AskRelease task={task} onClose={onClose} />
    case 'assign-task':
      return <AssignTask task={task} run={run} onClose={onClose} />
    case 'move-task':
      return <MoveTask task={task} onClose={onClose} />
  }
}
