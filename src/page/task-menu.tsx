/** What a card's menu offers: to be moved, which is what dragging does, and to be changed. */
import type {Caller} from '../board/member.ts'
import type {Task} from '../board/task.ts'
import {PenIcon, StatusIcon, TrashIcon} from './icons.tsx'
import type {MenuItem} from './menu.tsx'
import {type Step, stepsTo} from './task-moves.ts'
import {statuses, statusLabels} from './words.ts'

interface TaskMenuActs {
  run(task: Task, steps: Step[]): void
  edit(): void
  remove(): void
}

export function menuItemsFor(task: Task, me: Caller, {run, edit, remove}: TaskMenuActs): MenuItem[] {
  const moves = statuses
    .filter(status => status !== task.status)
    .map((status, index): MenuItem => {
      const steps = stepsTo(task, status, me)
      return {
        label: statusLabels[status],
        icon: <StatusIcon status={status} />,
        isDisabled: !steps,
        ...(index === 0 && {heading: 'Move to…'}),
        act: () => run(task, steps!),
      }
    })
  if (me.role === 'viewer') return moves
  return [
    ...moves,
    {label: 'Edit…', icon: <PenIcon />, heading: 'Task', act: edit},
    {label: 'Delete…', icon: <TrashIcon />, tone: 'danger', act: remove},
  ]
}
