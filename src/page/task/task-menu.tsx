/**
 * The menu of a task, on its card and in its panel. The menu offers the same moves as drag and drop. The menu also
 * contains the actions that open a dialog.
 */
import {mayDelete, mayGive} from '../../client/board.ts'
import type {BoardTask, Me} from '../../client/client.ts'
import {PenIcon, PersonIcon, QuestionIcon, StatusIcon, StoryIcon, TrashIcon} from '../parts/icons.tsx'
import type {MenuItem} from '../parts/menu.tsx'
import {statuses, statusLabels} from '../parts/words.ts'
import {mayAskForRelease, type Step, stepsTo} from './task-moves.ts'

/** The dialogs about one task. */
export type TaskDialog = 'edit-task' | 'delete-task' | 'ask' | 'ask-release' | 'assign-task' | 'move-task'

interface TaskActions {
  run(task: BoardTask, steps: Step[]): void
  /** Opens a dialog about the task. */
  onOpen(dialog: TaskDialog): void
  /** The items that move the card in its list. Default: none. */
  orderItems?: MenuItem[]
  /** Whether the viewer has asked for the release of the task and has no answer yet. */
  isReleaseRequested: boolean
}

export function menuItemsFor(
  task: BoardTask,
  me: Me,
  {run, onOpen, orderItems = [], isReleaseRequested}: TaskActions,
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
  const item = (dialog: TaskDialog, label: string, icon: MenuItem['icon']): MenuItem => ({
    id: dialog,
    label,
    icon,
    onSelect: () => onOpen(dialog),
  })
  return [
    ...moves,
    ...orderItems,
    {...item('edit-task', 'Edit…', <PenIcon />), heading: 'Task'},
    ...(mayGive(task, me) ? [item('assign-task', 'Assign to…', <PersonIcon />)] : []),
    ...(mayAskForRelease(task, me)
      ? [
          isReleaseRequested
            ? {...item('ask-release', 'Release requested', <PersonIcon />), isDisabled: true}
            : item('ask-release', 'Ask for release…', <PersonIcon />),
        ]
      : []),
    item('move-task', 'Move to another story…', <StoryIcon />),
    item('ask', 'Ask a question…', <QuestionIcon />),
    ...(mayDelete(task, me)
      ? [{...item('delete-task', 'Delete…', <TrashIcon />), tone: 'danger'} satisfies MenuItem]
      : []),
  ]
}
