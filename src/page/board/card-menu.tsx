/** The menu of a card. */
import type {BoardTask} from '../../client/client.ts'
import {ChecklistIcon} from '../parts/icons.tsx'
import {Menu, type MenuItem} from '../parts/menu.tsx'
import {moveItems} from '../parts/move-items.tsx'
import {type Settings, useSettings} from '../parts/settings.ts'
import {useReleaseRequested} from '../questions/release-request.ts'
import {useSession} from '../session/session.tsx'
import {menuItemsFor} from '../task/task-menu.tsx'
import type {Step} from '../task/task-moves.ts'
import type {DialogOverlay} from './board-dialog.tsx'
import {findCard} from './board-keys.ts'
import type {CardMoves} from './move-card.ts'
import type {SelectedCards} from './selected-cards.ts'

export interface MenuOverlay {
  kind: 'menu'
  taskId: string
  anchor: HTMLElement
}

export interface CardMenuProps {
  overlay: MenuOverlay
  task: BoardTask
  run(task: BoardTask, steps: Step[]): void
  moves: CardMoves
  selection: SelectedCards
  /** The ids of the cards of each list that the filter shows. */
  listedIds: readonly (readonly string[])[]
  /** Opens a dialog in place of the menu. */
  onOpen(overlay: DialogOverlay): void
  onClose(): void
}

export function CardMenu(props: CardMenuProps) {
  const {overlay, task, run, moves, selection, listedIds, onOpen, onClose} = props
  const {me} = useSession()
  const [{grouping}] = useSettings()
  const items = menuItemsFor(task, me, {
    run,
    onOpen: kind => onOpen({kind, task}),
    isReleaseRequested: useReleaseRequested(task),
    orderItems: [
      ...moveItems(
        move => moves.isAtEdge(task.id, move),
        move => moves.move(task.id, move),
      ),
      ...selectItems(task.id, selection, listedIds, grouping),
    ],
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

function selectItems(
  taskId: string,
  selection: SelectedCards,
  listedIds: CardMenuProps['listedIds'],
  grouping: Settings['grouping'],
): MenuItem[] {
  const selected = selection.ids.get()
  const list = listedIds.find(ids => ids.includes(taskId)) ?? []
  return [
    {
      label: selected.has(taskId) ? 'Deselect this card' : 'Select this card',
      icon: <ChecklistIcon />,
      heading: 'Selection',
      onSelect: () => selection.toggle(taskId),
    },
    {
      label: grouping === 'status' ? 'Select all in this column' : 'Select all in this story',
      icon: <ChecklistIcon />,
      isDisabled: list.every(id => selected.has(id)),
      onSelect: () => selection.set([...selected, ...list]),
    },
  ]
}

/** Returns the card or its menu button. When a card moves to another column, its elements are replaced. */
function anchorOf({taskId, anchor}: MenuOverlay): HTMLElement | undefined {
  if (anchor.isConnected) return anchor
  const card = findCard(document.body, taskId)
  return anchor.dataset.task ? card : (card?.querySelector<HTMLElement>('.card-more') ?? undefined)
}
