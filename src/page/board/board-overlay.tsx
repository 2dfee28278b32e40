/** The dialog or menu that is open over the board. */
import {findTask} from '../../client/board.ts'
import {lazyDialog, lazyMenu} from '../parts/lazy-part.tsx'
import type {BoardDialogProps, DialogOverlay} from './board-dialog.tsx'
import type {MenuOverlay} from './card-menu.tsx'
import type {CardMoves} from './move-card.ts'
import type {SelectedCards} from './selected-cards.ts'

export type Overlay = DialogOverlay | MenuOverlay

export const CardMenu = lazyMenu(async () => (await import('./card-menu.tsx')).CardMenu)

export const BoardDialog = lazyDialog(async () => (await import('./board-dialog.tsx')).BoardDialog)

interface BoardOverlayProps extends Omit<BoardDialogProps, 'overlay'> {
  overlay: Overlay
  moves: CardMoves
  selection: SelectedCards
  /** The ids of the cards of each list that the filter shows. */
  listedIds: readonly (readonly string[])[]
  /** Opens another overlay in place of this overlay, for example a dialog in place of a menu. */
  onOpen(overlay: Overlay): void
}

export function BoardOverlay({overlay, ...props}: BoardOverlayProps) {
  if (overlay.kind === 'menu') {
    // The task may have been deleted after the menu was opened.
    const task = findTask(props.board, overlay.taskId)
    return task ? <CardMenu overlay={overlay} task={task} {...props} /> : null
  }
  const {moves, selection, listedIds, onOpen, ...dialog} = props
  return <BoardDialog overlay={overlay} {...dialog} />
}
