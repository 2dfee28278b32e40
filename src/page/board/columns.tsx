/** The board grouped by status. This view has one column for each status, and tasks can be dragged between columns. */
import {useLayoutEffect, useMemo, useRef} from 'react'
import type {BoardTask, TaskStatus} from '../../client/client.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {indexAfter} from '../parts/order.ts'
import {statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {rankStep, type Step, stepsTo} from '../task/task-moves.ts'
import type {Column} from './board-view.ts'
import {useCardDrag} from './card-drag.ts'
import {CardList} from './card-list.tsx'
import {ColumnCount, type Limits} from './column-count.tsx'
import {ColumnTabs} from './column-tabs.tsx'
import {type Slot, shownIds} from './held-cards.ts'
import {type PointerHold, useHeldSlots} from './pointer-hold.ts'

interface ColumnsProps {
  columns: Column[]
  /** Undefined until the project is loaded. */
  limits: Limits | undefined
  /** The id of the only card that the Tab key reaches. When `currentId` is undefined, Tab reaches all cards. */
  currentId: string | undefined
  /** The id of the card that stays in the document outside the viewport. */
  pinnedId: string | undefined
  hold: PointerHold
  /** Returns undefined when the board does not contain the task. */
  taskOf(taskId: string): BoardTask | undefined
  run(task: BoardTask, steps: Step[]): void
}

export function Columns({columns, limits, currentId, pinnedId, hold, taskOf, run}: ColumnsProps) {
  const {me} = useSession()
  const area = useRef<HTMLDivElement>(null)
  const lists = useMemo(() => columns.map(({status, cards}) => ({key: status, cards})), [columns])
  const slots = useHeldSlots(lists, hold, id => taskOf(id)?.status)
  const rails = useHeldRails(columns, hold.key !== undefined)
  const drag = useCardDrag(area, {
    isOn: me.role !== 'viewer',
    taskOf,
    onDrop(task, status, gap) {
      const steps = task.status === status ? [] : stepsTo(task, status, me)
      if (!steps) return
      // The order that the viewer sees counts, also while a list is held.
      const ids = shownIds(slots[columns.findIndex(column => column.status === status)]!)
      const index = gap && indexAfter(ids, task.id, gap.beforeId)
      const rank = index === undefined ? undefined : rankStep(ids, task.id, index)
      if (steps.length === 0 && !rank) return
      hold.place(task.id)
      run(task, rank ? [...steps, rank] : steps)
    },
  })

  return (
    <>
      <ColumnTabs columns={columns} limits={limits} area={area} />
      <div className="columns" ref={area}>
        {columns.map(({status, cards, total}, index) => (
          <section
            key={status}
            className="column"
            data-list={status}
            data-status={status}
            data-rail={rails.has(status) || undefined}
            data-drop={drag && dropFor(drag.task, status)}
            data-over={drag?.over === status || undefined}
            aria-label={`${statusLabels[status]}, ${total}`}
          >
            <header className="column-head">
              <StatusIcon status={status} />
              <h2>{statusLabels[status]}</h2>
              <ColumnCount column={{cards, total}} limit={limits?.[status]} />
            </header>
            <CardList
              className="column-cards"
              slots={slots[index]!}
              shows="story"
              emptyText={total > 0 ? 'No matching tasks' : 'No tasks'}
              currentId={currentId && inList(currentId, slots[index]!)}
              pinnedId={inList(drag?.task.id ?? pinnedId, slots[index]!)}
            />
          </section>
        ))}
      </div>
    </>
  )

  /** How a column reacts to the dragged card. */
  function dropFor(task: BoardTask, status: TaskStatus): 'origin' | 'allowed' | 'forbidden' {
    if (task.status === status) return 'origin'
    return stepsTo(task, status, me) ? 'allowed' : 'forbidden'
  }
}

/** Returns the id when the list contains the card. Otherwise, returns an empty string. */
export function inList(taskId: string | undefined, slots: readonly Slot[]): string {
  return slots.some(({task, leftTo}) => task.id === taskId && leftTo === undefined) ? taskId! : ''
}

/**
 * Returns the columns that are narrow. The columns of failed tasks and of cancelled tasks are narrow when they contain no
 * tasks. While a column is held, the widths stay the same, because a wider column moves the other columns.
 */
function useHeldRails(columns: readonly Column[], isHeld: boolean): ReadonlySet<TaskStatus> {
  const shown = useRef<ReadonlySet<TaskStatus>>(undefined)
  const current = new Set(
    columns
      .filter(({status, total}) => total === 0 && (status === 'failed' || status === 'cancelled'))
      .map(({status}) => status),
  )
  const rails = (isHeld && shown.current) || current
  useLayoutEffect(() => {
    shown.current = rails
  })
  return rails
}
