/**
 * The menu of a task, on its card and in its panel. The menu offers the same moves as drag and drop. The menu also
 * contains the actions Ask, Edit and Delete.
 */
import {mayDelete} from '../../client/board.ts'
import type {BoardTask, Me} from '../../client/client.ts'
import {PenIcon, QuestionIcon, StatusIcon, TrashIcon} from '../parts/icons.tsx'
import type {MenuItem} from '../parts/menu.tsx'
import {statuses, statusLabels} from '../parts/words.ts'
import {type Step, stepsTo} from './task-moves.ts'

interface TaskActions {
  run(task: BoardTask, steps: Step[]): void
  onAsk(): void
  onEdit(): void
  onDelete(): void
  /** The items that move the card in its list. Default: none. */
  orderItems?: MenuItem[]
}

export function menuItemsFor(
  task: BoardTask,
  me: Me,
  {run, onAsk, onEdit, onDelete, orderItems = []}: TaskActions,
): MenuItem[] {
  const moves = statuses
    .filter(status => status !== task.status)
    .map((status, index): MenuItem => {
      const steps = stepsTo(task, status, me)
      return {
        label: statusLabels[status],
        icon: <StatusIcon status={status} />,
        isDisabled: !steps,
        ...(index === 0 && {heading: 'Move to'}),
        onSelect: () => run(task, steps!),
      }
    })
  if (me.role === 'viewer') return moves
  const edit: MenuItem = {label: 'Edit…', icon: <PenIcon />, heading: 'Task', onSelect: onEdit}
  const ask: MenuItem = {label: 'Ask a question…', icon: <QuestionIcon />, onSelect: onAsk}
  const remove: MenuItem = {label: 'Delete…', icon: <TrashIcon />, tone: 'danger', onSelect: onDelete}
  return [...moves, ...orderItems, edit, ask, ...(mayDelete(task, me) ? [remove] : [])]
}
