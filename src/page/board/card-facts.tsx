/**
 * The line of a card that shows the key of its task and what the task carries: blockers, questions, description, criteria,
 * checklist, comments and hours.
 */
import type {ReactNode} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {ViewerFaces} from '../organization/presence.tsx'
import {count, hoursText} from '../parts/format.ts'
import {
  BlockedIcon,
  CheckIcon,
  ChecklistIcon,
  CommentIcon,
  QuestionIcon,
  StatusIcon,
  TextIcon,
} from '../parts/icons.tsx'
import {statusLabels} from '../parts/words.ts'
import {blockedText, isBlocked} from '../task/blockers.ts'

interface CardFactsProps {
  task: BoardTask
  /** Whether the line shows the status. A column already shows the status of its cards. */
  hasStatus: boolean
  /** The names of the other members who have the task open. */
  viewers: readonly string[]
}

export function CardFacts({task, hasStatus, viewers}: CardFactsProps) {
  const {status, has_description, acceptance_criteria_refs, comment_count, open_question_count} = task
  const {checklist_count, checklist_done_count} = task
  const criteria = acceptance_criteria_refs.length
  const hours = task.estimated_hours
  return (
    <p className="card-facts">
      <span className="card-key">{task.key}</span>
      {hasStatus && (
        <span className="card-fact">
          <StatusIcon status={status} />
          {statusLabels[status]}
        </span>
      )}
      {isBlocked(task) && (
        <Fact icon={<BlockedIcon />} text={blockedText(task)} tone="warning">
          {task.open_blocker_count}
        </Fact>
      )}
      {open_question_count > 0 && (
        <Fact icon={<QuestionIcon />} text={count(open_question_count, 'open question')} tone="warning">
          {open_question_count}
        </Fact>
      )}
      {has_description && <Fact icon={<TextIcon />} text="Has a description" />}
      {criteria > 0 && (
        <Fact icon={<CheckIcon />} text={count(criteria, 'acceptance criterion', 'acceptance criteria')}>
          {criteria}
        </Fact>
      )}
      {checklist_count > 0 && (
        <Fact
          icon={<ChecklistIcon />}
          text={`${checklist_done_count} of ${count(checklist_count, 'item')} done`}
        >
          {`${checklist_done_count}/${checklist_count}`}
        </Fact>
      )}
      {comment_count > 0 && (
        <Fact icon={<CommentIcon />} text={count(comment_count, 'comment')}>
          {comment_count}
        </Fact>
      )}
      <ViewerFaces names={viewers} />
      {hours !== null && (
        <span className="card-hours" title="Estimated hours">
          {hoursText(hours)}
        </span>
      )}
    </p>
  )
}

interface FactProps {
  icon: ReactNode
  /** What the icon and the number mean. Shown on hover, and read by screen readers. */
  text: string
  tone?: 'warning'
  /** The number next to the icon. */
  children?: number | string
}

function Fact({icon, text, tone, children}: FactProps) {
  return (
    <span className="card-fact" title={text} data-tone={tone}>
      {icon}
      <span aria-hidden="true">{children}</span>
      <span className="visually-hidden">{text}</span>
    </span>
  )
}
