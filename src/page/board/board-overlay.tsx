/** The dialog or menu that is open over the board. */
import {findTask} from '../../client/board.ts'
import type {Board, BoardStory, BoardTask} from '../../client/client.ts'
import {ShortcutsHelp} from '../frame/shortcuts-help.tsx'
import {Menu} from '../parts/menu.tsx'
import {EditSprint} from '../plan/edit-sprint.tsx'
import {EditStory, NewStory} from '../plan/edit-story.tsx'
import {NewEscalation} from '../questions/new-escalation.tsx'
import {useSession} from '../session/session.tsx'
import {DeleteTask, EditTask, NewTask} from '../task/edit-task.tsx'
import {menuItemsFor} from '../task/task-menu.tsx'
import type {Step} from '../task/task-moves.ts'
import {findCard} from './board-keys.ts'

export type Overlay =
  | {kind: 'new-task'; storyId?: string}
  | {kind: 'edit-task' | 'delete-task' | 'ask'; task: BoardTask}
  | {kind: 'new-story' | 'edit-sprint' | 'help'}
  | {kind: 'edit-story'; story: BoardStory}
  | {kind: 'menu'; taskId: string; anchor: HTMLElement}

type MenuOverlay = Overlay & {kind: 'menu'}

interface BoardOverlayProps {
  overlay: Overlay
  board: Board
  /** True when the sprint was deleted. */
  isSprintDeleted: boolean
  run(task: BoardTask, steps: Step[]): void
  /** Opens another overlay in place of this overlay, for example a dialog in place of a menu. */
  onOpen(overlay: Overlay): void
  onTaskCreated(taskId: string): void
  onTaskDeleted(taskId: string): void
  onClose(): void
}

export function BoardOverlay(props: BoardOverlayProps) {
  const {overlay, board, isSprintDeleted, run, onOpen, onTaskCreated, onTaskDeleted, onClose} = props
  const {me} = useSession()
  const {sprint, stories} = board
  switch (overlay.kind) {
    case 'new-task':
      return (
        <NewTask
          stories={stories}
          storyId={overlay.storyId}
          sprintId={sprint.id}
          onCreated={onTaskCreated}
          onClose={onClose}
        />
      )
    case 'edit-task':
      return <EditTask task={overlay.task} isGone={!findTask(board, overlay.task.id)} onClose={onClose} />
    case 'delete-task':
      return (
        <DeleteTask task={overlay.task} onDeleted={() => onTaskDeleted(overlay.task.id)} onClose={onClose} />
      )
    case 'ask':
      return <NewEscalation task={overlay.task} onClose={onClose} />
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
    case 'help':
      return <ShortcutsHelp onClose={onClose} />
    case 'menu': {
      // The task may have been deleted after the menu was opened.
      const task = findTask(board, overlay.taskId)
      if (!task) return null
      const items = menuItemsFor(task, me, {
        run,
        onAsk: () => onOpen({kind: 'ask', task}),
        onEdit: () => onOpen({kind: 'edit-task', task}),
        onDelete: () => onOpen({kind: 'delete-task', task}),
      })
      return (
        <Menu
          label={`Move or edit: ${task.title}`}
          title={task.title}
          findAnchor={() => anchorOf(overlay)}
          items={items}
          onClose={onClose}
        />
      )
    }
  }
}

/** Returns the card or its menu button. When a card moves to another column, its elements are replaced. */
function anchorOf({taskId, anchor}: MenuOverlay): HTMLElement | undefined {
  if (anchor.isConnected) return anchor
  const card = findCard(document.body, taskId)
  return anchor.dataset.task ? card : (card?.querySelector<HTMLElement>('.card-more') ?? undefined)
}
