/** The dialog that is open over the board. The code of the dialogs is no part of the first load. */
import type {Board, BoardStory, BoardTask} from '../../client/client.ts'
import {ShortcutsHelp} from '../frame/shortcuts-help.tsx'
import type {HistorySource} from '../history/use-history.ts'
import {lazyDialog} from '../parts/lazy-part.tsx'
import {BurndownDialog} from '../plan/burndown.tsx'
import {EditSprint} from '../plan/edit-sprint.tsx'
import {EditStory, NewStory} from '../plan/edit-story.tsx'
import {PlanSprint} from '../plan/plan-sprint.tsx'
import {SprintStatus} from '../plan/sprint-status.tsx'
import {NewTask} from '../task/edit-task.tsx'
import {type OpenedDialog, TaskDialogs} from '../task/task-dialogs.tsx'
import type {Step} from '../task/task-moves.ts'

export type DialogOverlay =
  | {kind: 'new-task'; storyId?: string}
  | OpenedDialog
  | {
      kind:
        | 'new-story'
        | 'edit-sprint'
        | 'plan-sprint'
        | 'sprint-status'
        | 'burndown'
        | 'sprint-history'
        | 'help'
    }
  | {kind: 'edit-story'; story: BoardStory}

export interface BoardDialogProps extends HistorySource {
  board: Board
  overlay: DialogOverlay
  /** True when the sprint was deleted. */
  isSprintDeleted: boolean
  run(task: BoardTask, steps: Step[]): void
  onTaskCreated(taskId: string): void
  onTaskDeleted(taskId: string): void
  onClose(): void
}

const SprintHistory = lazyDialog(async () => (await import('../history/sprint-history.tsx')).SprintHistory)

export function BoardDialog(props: BoardDialogProps) {
  const {overlay, board, isSprintDeleted, latestEvent, reloads, run, onTaskCreated, onTaskDeleted, onClose} =
    props
  const {sprint, stories} = board
  if ('task' in overlay) {
    return (
      <TaskDialogs dialog={overlay} board={board} run={run} onDeleted={onTaskDeleted} onClose={onClose} />
    )
  }
  switch (overlay.kind) {
    case 'new-task':
      return (
        <NewTask
          stories={stories}
          storyId={overlay.storyId}
          sprintId={sprint.id}
          projectId={sprint.project_id}
          labels={board.labels}
          onCreated={onTaskCreated}
          onClose={onClose}
        />
      )
    case 'new-story':
      return <NewStory projectId={sprint.project_id} sprintId={sprint.id} onClose={onClose} />
    case 'edit-story':
      return (
        <EditStory
          story={overlay.story}
          isGone={!stories.some(({id}) => id === overlay.story.id)}
          onClose={onClose}
        />
      )
    case 'edit-sprint':
      return <EditSprint sprint={sprint} isGone={isSprintDeleted} onClose={onClose} />
    case 'plan-sprint':
      return <PlanSprint board={board} onClose={onClose} />
    case 'sprint-status':
      return <SprintStatus sprint={sprint} stories={stories} onClose={onClose} />
    case 'burndown':
      return <BurndownDialog board={board} onClose={onClose} />
    case 'sprint-history':
      return <SprintHistory board={board} latestEvent={latestEvent} reloads={reloads} onClose={onClose} />
    case 'help':
      return <ShortcutsHelp onClose={onClose} />
  }
}
