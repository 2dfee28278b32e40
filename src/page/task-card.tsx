/** One task on the board. There may be hundreds: it is rendered anew only when something that it shows is another. */
import {createContext, memo, useContext} from 'react'
import type {Task} from '../board/task.ts'
import {Avatar, Nobody} from './avatar.tsx'
import type {Card} from './board-view.ts'
import {type Flashes, useFlash} from './flashes.ts'
import {MoreIcon, StatusIcon} from './icons.tsx'
import {useSession} from './session.tsx'
import {nextStep, type Step} from './task-moves.ts'
import {statusLabels} from './words.ts'
import './task-card.css'

/** What cards can ask of their board; the same object as long as the board stands. */
export interface BoardActs {
  flashes: Flashes
  run(task: Task, steps: Step[]): void
  open(taskId: string): void
  showMenu(taskId: string, anchor: HTMLElement): void
}

export const BoardActsContext = createContext<BoardActs | undefined>(undefined)

interface TaskCardProps extends Card {
  /** `story`: the card shows of which story it is; `status`: it shows how far it is. */
  shows: 'story' | 'status'
  /** Whether Tab goes to the card: of all cards only one is on its way, the others are reached by arrows. */
  isTabbable: boolean
  isDraggable: boolean
}

export const TaskCard = memo(function TaskCard(props: TaskCardProps) {
  const {task, storyTitle, ownerName, shows, isTabbable, isDraggable} = props
  const {flashes, run, open, showMenu} = useContext(BoardActsContext)!
  const {me} = useSession()
  const flash = useFlash(flashes, task.id)
  const next = nextStep(task, me)
  const isMine = task.owner_user_id === me.user_id
  const tabIndex = isTabbable ? 0 : -1
  const hours = task.estimated_hours !== null && (
    <span className="card-hours" title="Estimated hours">
      {task.estimated_hours} h
    </span>
  )
  const owner = ownerName ? `owned by ${isMine ? 'you' : ownerName}` : 'nobody owns it'

  return (
    <article
      className="card"
      data-task={task.id}
      data-status={task.status}
      data-mine={isMine || undefined}
      data-flash={flash}
      draggable={isDraggable}
      tabIndex={tabIndex}
      aria-label={`${task.title}, ${statusLabels[task.status]}, ${owner}`}
      aria-keyshortcuts="Space Enter m"
    >
      <button type="button" className="card-title" tabIndex={tabIndex} onClick={() => open(task.id)}>
        {task.title}
      </button>
      {shows === 'story' ? (
        <p className="card-about">
          <span className="card-story">{storyTitle}</span>
          {hours}
        </p>
      ) : (
        <p className="card-about">
          <StatusIcon status={task.status} />
          {statusLabels[task.status]}
          {hours}
        </p>
      )}
      <div className="card-foot">
        {(ownerName || task.status === 'available') && (
          <span className="card-owner">
            {ownerName ? <Avatar name={ownerName} isMe={isMine} /> : <Nobody />}
            <span className="card-owner-name">{ownerName ?? 'Unclaimed'}</span>
          </span>
        )}
        {next && (
          <button
            type="button"
            className="card-next"
            tabIndex={tabIndex}
            aria-label={`${next.label}: ${task.title}`}
            onClick={() => run(task, next.steps)}
          >
            {next.label}
          </button>
        )}
      </div>
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
    </article>
  )
})
