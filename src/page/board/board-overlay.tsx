/** The dialog or menu that is open over the board. */
import {findTask} from '../../client/board.ts'
import type {Board, BoardTask} from '../../client/client.ts'
import {lazyDialog} from '../parts/lazy-part.tsx'
import {Menu} from '../parts/menu.tsx'
import {moveItems} from '../parts/move-items.tsx'
import {useReleaseRequested} from '../questions/release-request.ts'
import {useSession} from '../session/session.tsx'
import {menuItemsFor} from '../task/task-menu.tsx'
import type {Step} from '../task/task-moves.ts'
import type {DialogOverlay} from './board-dialog.tsx'
import {findCard} from './board-keys.ts'
import type {CardMoves} from './move-card.ts'

interface MenuOverlay {
  kind: 'menu'
  taskId: string
  anchor: HTMLElement
}

export type Overlay = DialogOverlay | MenuOverlay

export const BoardDialog = lazyDialog(async () => (await import('./board-dialog.tsx')).BoardDialog)

interface BoardOverlayProps {
  overlay: Overlay
  board: Board
  /** True when the sprint was deleted. */
  isSprintDeleted: boolean
  run(task: BoardTask, steps: Step[]): void
  moves: CardMoves
  /** Opens another overlay in place of this overlay, for example a dialog in place of a menu. */
  onOpen(overlay: Overlay): void
  onTaskCreated(taskId: string): void
  onTaskDeleted(taskId: string): void
  onClose(): void
}

export function BoardOverlay({overlay, ...props}: BoardOverlayProps) {
  if (overlay.kind === 'menu') {
    // The task may have been deleted after the menu was opened.
    const task = findTask(props.board, overlay.taskId)
    return task ? <TaskMenu overlay={overlay} task={task} {...props} /> : null
  }
  const {moves, onOpen, ...dialog} = props
  return <BoardDialog overlay={overlay} {...dialog} />
}

interface TaskMenuProps extends Pick<BoardOverlayProps, 'run' | 'moves' | 'onOpen' | 'onClose'> {
  overlay: MenuOverlay
  task: BoardTask
}

function TaskMenu({overlay, task, run, moves, onOpen, onClose}: TaskMenuProps) {
  const {me} = useSession()
  const items = menuItemsFor(task, me, {
    run,
    onOpen: kind => onOpen({kind, task}),
    isReleaseRequested: useReleaseRequested(task),
    orderItems: moveItems(
      move => moves.isAtEdge(task.id, move),
      move => moves.move(task.id, move),
    ),
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

/** Returns the card or its menu button. When a card moves to another column, its elements are replaced. */
function anchorOf({taskId, anchor}: MenuOverlay): HTMLElement | undefined {
  if (anchor.isConnected) return anchor
  const card = findCard(document.body, taskId)
  return anchor.dataset.task ? card : (card?.querySelector<HTMLElement>('.card-more') ?? undefined)
}
