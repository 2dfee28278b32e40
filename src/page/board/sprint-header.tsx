/** The name, goal, dates and progress of the sprint. */
import {memo, useState} from 'react'
import {findTask} from '../../client/board.ts'
import type {Board} from '../../client/client.ts'
import {Faces} from '../organization/presence.tsx'
import {dateRange, hoursText, timeLeft} from '../parts/format.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {HistoryIcon, PenIcon} from '../parts/icons.tsx'
import {useToday} from '../parts/now.ts'
import {ProgressBar} from '../parts/progress-bar.tsx'
import {ScreenHeading} from '../parts/screen-heading.tsx'
import {nextStep} from '../plan/sprint-actions.ts'
import {progressOf} from './board-view.ts'
import {SprintSwitcher} from './sprint-switcher.tsx'

interface SprintHeaderProps {
  board: Board
  /** Opens the dialog that edits the sprint. Undefined when the viewer is not allowed to edit the sprint. */
  onEdit: (() => void) | undefined
  /** Opens the dialog that moves stories into the sprint and out of it. Undefined like `onEdit`, and for a closed sprint. */
  onPlan: (() => void) | undefined
  /** Opens the dialog that starts, closes or reopens the sprint. Undefined like `onEdit`. */
  onSetStatus: (() => void) | undefined
  onShowBurndown(): void
  onShowHistory(): void
}

export const SprintHeader = memo(function SprintHeader(props: SprintHeaderProps) {
  const {board, onEdit, onPlan, onSetStatus, onShowBurndown, onShowHistory} = props
  const {name, goal, starts_on, ends_on, status} = board.sprint
  const isStarted = status === 'active' || status === 'closed'
  const {completed, inProgress, total, hours} = progressOf(board)
  const [isGoalOpen, setGoalOpen] = useState(false)
  const left = timeLeft(starts_on, ends_on, useToday())
  const percent = Math.round((100 * completed) / total)

  return (
    <div className="sprint">
      <div className="sprint-name">
        <ScreenHeading>{name}</ScreenHeading>
        <SprintSwitcher sprint={board.sprint} />
        {onEdit && (
          <IconButton label="Edit sprint" onClick={onEdit}>
            <PenIcon />
          </IconButton>
        )}
        <IconButton label="Sprint history" onClick={onShowHistory}>
          <HistoryIcon />
        </IconButton>
      </div>
      {goal && (
        <button
          type="button"
          className="sprint-goal"
          aria-expanded={isGoalOpen}
          onClick={() => setGoalOpen(!isGoalOpen)}
        >
          <span>{goal}</span>
        </button>
      )}
      <Faces titleOf={taskId => findTask(board, taskId)?.title} />
      <dl className="sprint-facts">
        {(starts_on || ends_on) && (
          <div>
            <dt>{left || 'Dates'}</dt>
            <dd>{dateRange(starts_on, ends_on)}</dd>
          </div>
        )}
        {hours.total > 0 && (
          <div>
            <dt>{hoursText(hours.open)} left</dt>
            <dd>of {hoursText(hours.total)}</dd>
          </div>
        )}
        {total > 0 && (
          <div className="sprint-progress">
            <dt>
              {completed} of {total} done
              <span className="sprint-percent">{percent}%</span>
            </dt>
            <dd>
              <ProgressBar done={completed} inProgress={inProgress} total={total} />
              <span className="visually-hidden">{inProgress} in progress</span>
            </dd>
          </div>
        )}
      </dl>
      <div className="sprint-actions">
        {onPlan && (
          <button type="button" className="button" data-wide={isStarted || undefined} onClick={onPlan}>
            Plan
          </button>
        )}
        {isStarted && (
          <button type="button" className="button" onClick={onShowBurndown}>
            Burndown
          </button>
        )}
        {onSetStatus && (
          <button type="button" className="button" onClick={onSetStatus}>
            {nextStep(board.sprint).label}
          </button>
        )}
      </div>
    </div>
  )
})
