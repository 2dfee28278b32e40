/** The board by status: one column each, into which cards can be dropped. */
import {type DragEvent, memo, useState} from 'react'
import type {Task, TaskStatus} from '../board/task.ts'
import type {Column} from './board-view.ts'
import {StatusIcon} from './icons.tsx'
import {useSession} from './session.tsx'
import {TaskCard} from './task-card.tsx'
import {type Step, stepsTo} from './task-moves.ts'
import {statusLabels} from './words.ts'

interface ColumnsProps {
  columns: Column[]
  /** The card that Tab goes to; undefined: to all. */
  currentId: string | undefined
  run(task: Task, steps: Step[]): void
}

/** Where a card that is being dragged may go. */
type Drop = 'home' | 'allowed' | 'refused' | undefined

export function Columns({columns, currentId, run}: ColumnsProps) {
  const {me} = useSession()
  const [draggedId, setDragged] = useState<string>()
  const [over, setOver] = useState<TaskStatus>()
  // As it is now: somebody else may have changed it since the drag began.
  const dragged = columns.flatMap(({cards}) => cards).find(({task}) => task.id === draggedId)?.task

  const dropFor = (status: TaskStatus): Drop => {
    if (!dragged) return undefined
    if (dragged.status === status) return 'home'
    return stepsTo(dragged, status, me) ? 'allowed' : 'refused'
  }
  const end = () => {
    setDragged(undefined)
    setOver(undefined)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is dragged can be moved by its menu as well
    <div
      className="columns"
      data-dragging={dragged && ''}
      onDragStart={event => {
        const card = (event.target as HTMLElement).closest<HTMLElement>('[data-task]')
        if (!card) return
        event.dataTransfer.effectAllowed = 'move'
        event.dataTransfer.setData('text/plain', card.querySelector('.card-title')?.textContent ?? '')
        setDragged(card.dataset.task)
      }}
      onDragEnd={end}
    >
      {columns.map(({status, cards, total}) => (
        <section
          key={status}
          className="column"
          data-status={status}
          data-rail={isRail(status, total) || undefined}
          data-drop={dropFor(status)}
          data-over={(dragged && over === status) || undefined}
          aria-label={`${statusLabels[status]}, ${total}`}
          onDragOver={(event: DragEvent) => {
            setOver(status)
            if (dropFor(status) === 'allowed') event.preventDefault()
          }}
          onDrop={event => {
            event.preventDefault()
            const steps = dragged && stepsTo(dragged, status, me)
            if (steps) run(dragged, steps)
            end()
          }}
        >
          <header className="column-head">
            <StatusIcon status={status} />
            <h2>{statusLabels[status]}</h2>
            <span className="column-count">
              {cards.length === total ? total : `${cards.length}/${total}`}
            </span>
          </header>
          <ColumnCards cards={cards} currentId={cards.some(isCurrent) ? currentId : ''} isAll={!currentId} />
        </section>
      ))}
    </div>
  )

  function isCurrent({task}: {task: Task}): boolean {
    return task.id === currentId
  }
}

/** What seldom happens takes little room until it does. */
function isRail(status: TaskStatus, total: number): boolean {
  return total === 0 && (status === 'failed' || status === 'cancelled')
}

interface ColumnCardsProps {
  cards: Column['cards']
  /** '' where it is in another column. */
  currentId: string | undefined
  isAll: boolean
}

const ColumnCards = memo(
  function ColumnCards({cards, currentId, isAll}: ColumnCardsProps) {
    const {me} = useSession()
    return (
      <ul className="column-cards">
        {cards.map(card => (
          <li key={card.task.id}>
            <TaskCard
              {...card}
              shows="story"
              isTabbable={isAll || card.task.id === currentId}
              isDraggable={me.role !== 'viewer'}
            />
          </li>
        ))}
        {cards.length === 0 && <li className="column-empty">No tasks</li>}
      </ul>
    )
  },
  (before, after) =>
    before.currentId === after.currentId &&
    before.isAll === after.isAll &&
    before.cards.length === after.cards.length &&
    before.cards.every((card, index) => {
      const other = after.cards[index]!
      return (
        card.task === other.task && card.storyTitle === other.storyTitle && card.ownerName === other.ownerName
      )
    }),
)
