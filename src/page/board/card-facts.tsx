/**
 * The two lines of facts on a card. The first line has the key, the hours and the priority of its task. The second line
 * shows when the task is due, and what it carries: blockers, questions, criteria, checklist and comments.
 */
import type {ReactNode} from 'react'
import type {BoardTask} from '../../client/client.ts'
import {count, hoursText} from '../parts/format.ts'
import {BlockedIcon, ChecklistIcon, CommentIcon, QuestionIcon, StatusIcon} from '../parts/icons.tsx'
import {DueFact, PriorityFact} from '../parts/task-facts.tsx'
import {statusLabels} from '../parts/words.ts'
import {blockedText, isBlocked} from '../task/blockers.ts'

interface CardTopProps {
  task: BoardTask
  /** Whether the line shows the status. A column already shows the status of its cards. */
  hasStatus: boolean
}

export function CardTop({task: {key, estimated_hours: hours, priority, status}, hasStatus}: CardTopProps) {
  return (
    <p className="card-top">
      <span className="card-key">{key}</span>
      {hours !== null && <span title="Estimated hours">{hoursText(hours)}</span>}
      {priority && <PriorityFact priority={priority} />}
      {hasStatus && (
        <span className="card-fact">
          <StatusIcon status={status} />
          {statusLabels[status]}
        </span>
      )}
    </p>
  )
}

export function CardFacts({task}: {task: BoardTask}) {
  const {acceptance_criteria_refs, comment_count, open_question_count} = task
  const {checklist_count, checklist_done_count} = task
  const criteria = acceptance_criteria_refs.length
  return (
    <p className="card-facts">
      {task.due_on && <DueFact dueOn={task.due_on} status={task.status} />}
      {isBlocked(task) && (
        <Fact icon={<BlockedIcon />} text={blockedText(task)} tone="warning">
          Blocked
        </Fact>
      )}
      {open_question_count > 0 && (
        <Fact icon={<QuestionIcon />} text={count(open_question_count, 'open question')} tone="warning">
          {open_question_count}
        </Fact>
      )}
      {criteria > 0 && (
        <Fact text={count(criteria, 'acceptance criterion', 'acceptance criteria')}>AC {criteria}</Fact>
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
    </p>
  )
}

interface FactProps {
  /** Default: no icon. */
  icon?: ReactNode
  /** What the fact means. Shown on hover, and read by screen readers. */
  text: string
  tone?: 'warning'
  children: ReactNode
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
