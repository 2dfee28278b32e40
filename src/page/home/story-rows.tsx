/** The folded list of the stories of a sprint or of the backlog, in the order that the team has chosen. */
import {type KeyboardEvent, useRef, useState} from 'react'
import type {DashboardStory, Label} from '../../client/client.ts'
import {count} from '../parts/format.ts'
import {lazyPanel} from '../parts/lazy-part.tsx'
import {Menu} from '../parts/menu.tsx'
import {GripIcon} from '../parts/more-icons.tsx'
import {moveItems} from '../parts/move-items.tsx'
import {useNotes} from '../parts/notes.tsx'
import {indexOfMove, type Move} from '../parts/order.ts'
import {failureText} from '../parts/words.ts'
import {sendStoryMove} from '../plan/send-story-move.ts'
import {StoryStatusSelect} from '../plan/story-status-select.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordAct} from '../undo/record-act.tsx'
import {useHeldRows} from './held-rows.ts'
import {useRowDrag} from './row-drag.ts'
import {useStoryOrder} from './story-order.ts'

export const StoryTasks = lazyPanel(async () => (await import('./story-tasks.tsx')).StoryTasks)

/** A sprint, or the backlog, whose id is the id of the project. */
export interface StoryPlace {
  id: string
  name: string
}

export interface RowActions {
  onEdit(story: DashboardStory): void
  /** Opens the dialog that creates a task in the story. Undefined when the sprint of the stories is closed. */
  onAddTask: ((story: DashboardStory, labels: readonly Label[]) => void) | undefined
}

interface StoryRowsProps extends RowActions {
  /** The line that unfolds the stories. */
  summary: string
  stories: DashboardStory[]
  /** The sprints and the backlog to which the stories can move, except their own place. */
  places: readonly StoryPlace[]
}

export function StoryRows({summary, stories: unordered, places, onEdit, onAddTask}: StoryRowsProps) {
  const {me} = useSession()
  const list = useRef<HTMLUListElement>(null)
  const [menuOf, setMenuOf] = useState<string>()
  const order = useStoryOrder(unordered)
  const moveToPlace = useMoveToPlace()
  const drag = useRowDrag(list, order, (story, id) => {
    if (places.some(place => place.id === id)) moveToPlace(story, id)
  })
  const rows = useHeldRows(order.stories, drag.draggedId !== undefined)
  const mayChange = me.role !== 'viewer'
  const ids = order.stories.map(({id}) => id)
  const isAtEdge = (id: string, move: Move) => indexOfMove(ids, id, move) === ids.indexOf(id)
  const move = (story: DashboardStory, move: Move) => order.moveTo(story, indexOfMove(ids, story.id, move))
  const findHandle = (id: string) =>
    list.current?.querySelector<HTMLElement>(`[data-thing="${CSS.escape(id)}"] .grip`) ?? undefined
  const opened = order.stories.find(({id}) => id === menuOf)

  return (
    <details className="stories">
      <summary>{summary}</summary>
      <ul className="story-rows" ref={list}>
        {rows.map(({story, isGone}) => (
          <li
            key={story.id}
            data-thing={story.id}
            data-gone={isGone || undefined}
            data-pending={order.pendingId === story.id || undefined}
            data-dragged={drag.draggedId === story.id || undefined}
            onKeyDown={event => {
              const direction = mayChange && directionOf(event)
              if (direction) move(story, direction)
            }}
          >
            {mayChange && (
              <button
                type="button"
                className="icon-button grip"
                aria-label={`Move: ${story.title}`}
                title="Drag to move, or press for a menu"
                aria-haspopup="menu"
                aria-expanded={menuOf === story.id}
                aria-keyshortcuts="Alt+Shift+ArrowUp Alt+Shift+ArrowDown"
                {...drag.handleOf(story, () =>
                  setMenuOf(known => (known === story.id ? undefined : story.id)),
                )}
              >
                <GripIcon />
              </button>
            )}
            <StoryRow
              story={story}
              onEdit={mayChange ? () => onEdit(story) : undefined}
              onAddTask={onAddTask && (labels => onAddTask(story, labels))}
            />
          </li>
        ))}
        {drag.lineY !== undefined && <li className="drop-line" aria-hidden style={{top: drag.lineY}} />}
      </ul>
      <p className="visually-hidden" role="status">
        {order.announcement}
      </p>
      {opened && (
        <Menu
          label={`Move: ${opened.title}`}
          title={opened.title}
          findAnchor={() => findHandle(opened.id)}
          items={[
            ...moveItems(
              direction => isAtEdge(opened.id, direction),
              direction => move(opened, direction),
            ),
            ...places.map(({id, name}, index) => ({
              id,
              label: name,
              ...(index === 0 && {heading: 'Move to'}),
              onSelect: () => moveToPlace(opened, id),
            })),
          ]}
          onClose={() => setMenuOf(undefined)}
        />
      )}
    </details>
  )
}

/** Returns a function that moves the story to the sprint, or to the backlog. */
function useMoveToPlace(): (story: DashboardStory, placeId: string) => void {
  const {api} = useSession()
  const {showWarning} = useNotes()
  const record = useRecordAct()
  return (story, placeId) => {
    const change = sendStoryMove(api, record, story, placeId === story.project_id ? null : placeId)
    change.catch(error => showWarning(failureText(error, story.title)))
  }
}

/** Returns the direction of Alt+Shift+Up and Alt+Shift+Down. */
function directionOf(event: KeyboardEvent): Move | undefined {
  if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return undefined
  const direction = {ArrowUp: 'up', ArrowDown: 'down'}[event.key] as Move | undefined
  if (direction) event.preventDefault()
  return direction
}

interface StoryRowProps {
  story: DashboardStory
  /** Undefined when the viewer is not allowed to edit the story. */
  onEdit: (() => void) | undefined
  onAddTask: ((labels: readonly Label[]) => void) | undefined
}

function StoryRow({story, onEdit, onAddTask}: StoryRowProps) {
  const [isOpen, setOpen] = useState(false)
  const {task_count, completed_task_count = 0} = story
  const tasksText = task_count
    ? doneText(completed_task_count, task_count)
    : task_count === 0
      ? 'No tasks'
      : 'Tasks'
  return (
    <>
      {onEdit ? (
        <button type="button" className="story-title" onClick={onEdit}>
          {story.title}
        </button>
      ) : (
        <span className="story-title">{story.title}</span>
      )}
      <button
        type="button"
        className="link-button story-progress"
        aria-expanded={isOpen}
        aria-label={`Tasks of “${story.title}”: ${tasksText}`}
        onClick={() => setOpen(!isOpen)}
      >
        {tasksText}
      </button>
      <StoryStatusSelect story={story} />
      {isOpen && <StoryTasks story={story} onAddTask={onAddTask} />}
    </>
  )
}

/** Returns '2 of 5 tasks done'. */
export function doneText(completed: number, total: number): string {
  return `${completed} of ${count(total, 'task')} done`
}
