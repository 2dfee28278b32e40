/** The items of a menu that move a card or a row in its list. */
import {ArrowDownIcon, ArrowUpIcon, ToBottomIcon, ToTopIcon} from './icons.tsx'
import type {MenuItem} from './menu.tsx'
import type {Move} from './order.ts'

export function moveItems(isAtEdge: (move: Move) => boolean, onMove: (move: Move) => void): MenuItem[] {
  const item = (move: Move, label: string, icon: MenuItem['icon']): MenuItem => ({
    label,
    icon,
    isDisabled: isAtEdge(move),
    onSelect: () => onMove(move),
  })
  return [
    {...item('up', 'Move up', <ArrowUpIcon />), heading: 'Order'},
    item('down', 'Move down', <ArrowDownIcon />),
    item('top', 'Move to top', <ToTopIcon />),
    item('bottom', 'Move to bottom', <ToBottomIcon />),
  ]
}
