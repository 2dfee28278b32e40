/** One task on the board. The component is memoized, because a board may show hundreds of tasks. */
import {createContext, memo, useContext, useSyncExternalStore} from 'react'
import type {BoardTask, Label} from '../../client/client.ts'
import {useViewers, ViewerFaces} from '../organization/presence.tsx'
import {Avatar, EmptyAvatar} from '../parts/avatar.tsx'
import {listNames} from '../parts/format.ts'
import {MoreIcon} from '../parts/icons.tsx'
import type {Observable} from '../parts/observable.ts'
import {singlePress} from '../parts/single-press.ts'
import {LabelList} from '../parts/task-facts.tsx'
import {actionLabel, noOwner, statusLabels} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {labelsOf} from '../task/labels.ts'
import {nextStatus, type Step, stepsTo} from '../task/task-moves.ts'
import type {Card} from './board-view.ts'
import {CardFacts, CardTop} from './card-facts.tsx'
import {type Flashes, useFlash} from './flashes.ts'
import type {SelectedCards} from './selected-cards.ts'
import './task-card.css'

/**
 * The actions of the board. All cards of the board share this object. The object must not change between renders;
 * otherwise every card renders again.
 */
export interface BoardActions {
  flashes: Flashes
  pending: Observable<ReadonlySet<string>>
  selection: SelectedCards
  /** The id of the task in the panel. */
  opened: Observable<string | undefined>
  run(task: BoardTask, steps: Step[]): void
  open(taskId: string): void
  showMenu(taskId: string, anchor: HTMLElement): void
}

/** The labels of the project. */
export const LabelsContext = createContext<readonly Label[]>([])

export const BoardActionsContext = createContext<BoardActions | undefined>(undefined)

interface TaskCardProps extends Card {
  /** Whether the card shows its status, or its story on hover. Columns show the status, and groups show the story. */
  shows: 'story' | 'status'
  /** Whether the Tab key reaches the card. Usually Tab reaches one card, and arrow keys reach the other cards. */
  isTabbable: boolean
}

export const TaskCard = memo(function TaskCard(props: TaskCardProps) {
  const {task, storyTitle, ownerName, shows, isTabbable} = props
  const {flashes, pending, selection, opened, run, open, showMenu} = useContext(BoardActionsContext)!
  const {me} = useSession()
  const flash = useFlash(flashes, task.id)
  const isPending = useSyncExternalStore(pending.subscribe, () => pending.get().has(task.id))
  const isSelected = useSyncExternalStore(selection.ids.subscribe, () => selection.ids.get().has(task.id))
  const isOpen = useSyncExternalStore(opened.subscribe, () => opened.get() === task.id)
  const viewers = useViewers(task.id)
  const labels = labelsOf(useContext(LabelsContext), task.label_ids)
  const next = nextStatus(task, me)
  const nextLabel = next && actionLabel(task.status, next)
  const isMine = task.owner_user_id === me.user_id
  const tabIndex = isTabbable ? 0 : -1
  const owner = ownerName ? `owner: ${isMine ? 'you' : ownerName}` : noOwner.toLowerCase()
  const openBy = viewers.length > 0 ? `, open by ${listNames(viewers)}` : ''

  return (
    <article
      className="card"
      data-task={task.id}
      data-status={task.status}
      data-mine={isMine || undefined}
      data-flash={flash}
      data-pending={isPending || undefined}
      data-selected={isSelected || undefined}
      tabIndex={tabIndex}
      aria-current={isOpen || undefined}
      aria-label={`${task.title}, ${statusLabels[task.status]}, ${owner}${openBy}${isPending ? ', not saved yet' : ''}`}
      title={shows === 'story' ? storyTitle : undefined}
      aria-keyshortcuts="Space Enter m x Alt+Shift+ArrowUp Alt+Shift+ArrowDown"
    >
      <CardTop task={task} hasStatus={shows === 'status'} />
      <button type="button" className="card-title" tabIndex={tabIndex} onClick={() => open(task.id)}>
        {task.title}
      </button>
      {labels.length > 0 && <LabelList labels={labels} maxShown={3} />}
      <CardFacts task={task} />
      <div className="card-foot">
        {(ownerName || task.status === 'available') && (
          <span className="card-owner">
            {ownerName ? <Avatar name={ownerName} isMe={isMine} /> : <EmptyAvatar />}
            <span className="card-owner-name">{isMine ? 'You' : (ownerName ?? noOwner)}</span>
          </span>
        )}
        {isPending && <span className="card-saving">Saving…</span>}
        <ViewerFaces names={viewers} />
        {next && (
          <button
            type="button"
            className="card-next"
            tabIndex={tabIndex}
            aria-label={`${nextLabel}: ${task.title}`}
            {...singlePress(() => run(task, stepsTo(task, next, me)!))}
          >
            {nextLabel}
          </button>
        )}
      </div>
      {me.role !== 'viewer' && (
        <input
          type="checkbox"
          className="card-select"
          tabIndex={tabIndex}
          aria-label={`Select: ${task.title}`}
          checked={isSelected}
          onChange={() => selection.toggle(task.id)}
        />
      )}
      {me.role !== 'viewer' && (
        <button
          type="button"
          className="icon-button card-more"
          tabIndex={tabIndex}
          aria-label={`Move or edit: ${task.title}`}
          aria-haspopup="menu"
          onClick={event => showMenu(task.id, event.currentTarget)}
        >
          <MoreIcon />
        </button>
      )}
    </article>
  )
})
