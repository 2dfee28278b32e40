/** The priority, the due date and the labels of a task, as cards and panels show them. */
import type {BoardTask, Label} from '../../client/client.ts'
import {dueText, longDay} from './due.ts'
import {count} from './format.ts'
import {AlertIcon, CalendarIcon, PriorityIcon} from './icons.tsx'
import {LabelChip} from './label-chip.tsx'
import {useToday} from './now.ts'
import {type Priority, priorityLabels} from './words.ts'
import './task-facts.css'

export function PriorityFact({priority}: {priority: Priority}) {
  return (
    <span className="priority" data-priority={priority} title="Priority">
      <PriorityIcon priority={priority} />
      {priorityLabels[priority]}
    </span>
  )
}

/** Shows when the task is due. A closed task is never overdue. */
export function DueFact({dueOn, status}: {dueOn: string; status: BoardTask['status']}) {
  const {text, isOverdue} = dueText(dueOn, status, useToday())
  return (
    <span
      className="due"
      data-overdue={isOverdue || undefined}
      title={`${isOverdue ? 'Overdue: due' : 'Due'} on ${longDay(dueOn)}`}
    >
      {isOverdue ? <AlertIcon /> : <CalendarIcon />}
      {isOverdue && <span className="visually-hidden">Overdue: </span>}
      <time dateTime={dueOn}>{text}</time>
    </span>
  )
}

interface LabelListProps {
  labels: readonly Label[]
  /** More labels than this are shown as a number. Default: all are shown. */
  maxShown?: number
}

export function LabelList({labels, maxShown = labels.length}: LabelListProps) {
  const more = labels.slice(maxShown)
  return (
    <ul className="label-list" aria-label="Labels">
      {labels.slice(0, maxShown).map(({id, name, color}) => (
        <li key={id}>
          <LabelChip name={name} color={color} />
        </li>
      ))}
      {more.length > 0 && (
        <li title={more.map(({name}) => name).join(', ')}>
          +{more.length}
          <span className="visually-hidden"> {count(more.length, 'label')}</span>
        </li>
      )}
    </ul>
  )
}
