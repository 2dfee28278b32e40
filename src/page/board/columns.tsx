/** The board grouped by status. This view has one column for each status, and tasks can be dragged between columns. */
import {type DragEvent, memo, useState} from 'react'
import type {BoardTask, TaskStatus} from '../../client/client.ts'
import {StatusIcon} from '../parts/icons.tsx'
import {statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {type Step, stepsTo} from '../task/task-moves.ts'
import type {Column} from './board-view.ts'
import {TaskCard} from './task-card.tsx'

interface ColumnsProps {
  columns: Column[]
  /** The id of the only card that the Tab key reaches. When `currentId` is undefined, Tab reaches all cards. */
  currentId: string | undefined
  run(task: BoardTask, steps: Step[]): void
}

/** How a column reacts to the dragged card, or undefined when no card is dragged. */
type Drop = 'origin' | 'allowed' | 'forbidden' | undefined

export function Columns({columns, currentId, run}: ColumnsProps) {
  const {me} = useSession()
  const [draggedId, setDragged] = useState<string>()
  const [over, setOver] = useState<TaskStatus>()
  // The task is looked up at every render, because another member may have changed the task after the drag began.
  const dragged = columns.flatMap(({cards}) => cards).find(({task}) => task.id === draggedId)?.task

  const dropFor = (status: TaskStatus): Drop => {
    if (!dragged) return undefined
    if (dragged.status === status) return 'origin'
    return stepsTo(dragged, status, me) ? 'allowed' : 'forbidden'
  }
  const endDrag = () => {
    setDragged(undefined)
    setOver(undefined)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a card can also be moved with its menu
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
      onDragEnd={endDrag}
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
            endDrag()
          }}
        >
          <header className="column-head">
            <StatusIcon status={status} />
            <h2>{statusLabels[status]}</h2>
            <span className="column-count">
              {cards.length === total ? total : `${cards.length}/${total}`}
            </span>
          </header>
          <ColumnCards
            cards={cards}
            currentId={cards.some(isCurrent) ? currentId : ''}
            areAllTabbable={!currentId}
          />
        </section>
      ))}
    </div>
  )

  function isCurrent({task}: {task: BoardTask}): boolean {
    return task.id === currentId
  }
}

/**
 * Returns whether the column is narrow. The columns of failed tasks and of cancelled tasks are narrow when they contain
 * no tasks.
 */
function isRail(status: TaskStatus, total: number): boolean {
  return total === 0 && (status === 'failed' || status === 'cancelled')
}

interface ColumnCardsProps {
  cards: Column['cards']
  /**
   * The id of the only card that the Tab key reaches. If this card is in another column, `currentId` is an empty
   * string. Therefore, this column does not render again when the focus moves within the other columns.
   */
  currentId: string | undefined
  areAllTabbable: boolean
}

const ColumnCards = memo(
  function ColumnCards({cards, currentId, areAllTabbable}: ColumnCardsProps) {
    const {me} = useSession()
    return (
      <ul className="column-cards">
        {cards.map(card => (
          <li key={card.task.id}>
            <TaskCard
              {...card}
              shows="story"
              isTabbable={areAllTabbable || card.task.id === currentId}
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
    before.areAllTabbable === after.areAllTabbable &&
    before.cards.length === after.cards.length &&
    before.cards.every((card, index) => {
      const other = after.cards[index]!
      return (
        card.task === other.task && card.storyTitle === other.storyTitle && card.ownerName === other.ownerName
      )
    }),
)
