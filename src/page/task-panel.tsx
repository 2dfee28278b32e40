/** All there is to a task, beside the board: what it asks for, what can be done, and what was said. */
import type {ReactNode} from 'react'
import type {Board} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import type {Task} from '../board/task.ts'
import {Avatar} from './avatar.tsx'
import {nameOf} from './board-view.ts'
import {Comments} from './comments.tsx'
import {Dialog} from './dialog.tsx'
import type {Held} from './held.ts'
import {IconButton} from './icon-button.tsx'
import {PenIcon, QuestionIcon, StatusIcon, TrashIcon} from './icons.tsx'
import {useSession} from './session.tsx'
import {actLabel, nextStep, placesFor, type Step, stepsTo} from './task-moves.ts'
import {count, moment, statusLabels} from './words.ts'
import './task-panel.css'

interface TaskPanelProps {
  /** Undefined: it is not on this board, or not any more. */
  task: Task | undefined
  board: Board
  /** The last that the stream has brought, of whatever task. */
  latestComment: Held<Comment | undefined>
  run(task: Task, steps: Step[]): void
  onAsk(task: Task): void
  onEdit(task: Task): void
  onDelete(task: Task): void
  onClose(): void
}

export function TaskPanel({
  task,
  board,
  latestComment,
  run,
  onAsk,
  onEdit,
  onDelete,
  onClose,
}: TaskPanelProps) {
  if (!task) {
    return (
      <Dialog title="Task" kind="side" onClose={onClose}>
        <p className="panel-gone">
          This task is not on this board: it was deleted, or moved to another sprint.
        </p>
      </Dialog>
    )
  }
  const story = board.stories.find(({id}) => id === task.story_id)
  return (
    <Dialog title={task.title} kind="side" onClose={onClose}>
      <div className="panel">
        <PanelActs task={task} run={run} onAsk={onAsk} onEdit={onEdit} onDelete={onDelete} />
        {task.description ? (
          <p className="prose">{task.description}</p>
        ) : (
          <p className="muted">No description.</p>
        )}
        <PanelFacts task={task} board={board} storyTitle={story?.title ?? ''} />
        {/* What is being written is for this task alone. */}
        <Comments key={task.id} task={task} board={board} latest={latestComment} />
      </div>
    </Dialog>
  )
}

type PanelActsProps = Pick<TaskPanelProps, 'run' | 'onAsk' | 'onEdit' | 'onDelete'> & {task: Task}

function PanelActs({task, run, onAsk, onEdit, onDelete}: PanelActsProps) {
  const {me} = useSession()
  const next = nextStep(task, me)
  const others = placesFor(task, me).filter(status => actLabel(task, status) !== next?.label)
  return (
    <div className="panel-acts">
      <span className="panel-status">
        <StatusIcon status={task.status} />
        {statusLabels[task.status]}
      </span>
      {next && (
        <button type="button" className="button" data-kind="primary" onClick={() => run(task, next.steps)}>
          {next.label}
        </button>
      )}
      {others.map(status => (
        <button
          key={status}
          type="button"
          className="button"
          onClick={() => run(task, stepsTo(task, status, me)!)}
        >
          {actLabel(task, status)}
        </button>
      ))}
      {me.role !== 'viewer' && (
        <span className="panel-edit">
          <IconButton label="Ask a question about this task" onClick={() => onAsk(task)}>
            <QuestionIcon />
          </IconButton>
          <IconButton label="Edit task" onClick={() => onEdit(task)}>
            <PenIcon />
          </IconButton>
          <IconButton label="Delete task" onClick={() => onDelete(task)}>
            <TrashIcon />
          </IconButton>
        </span>
      )}
    </div>
  )
}

function PanelFacts({task, board, storyTitle}: {task: Task; board: Board; storyTitle: string}) {
  const {me} = useSession()
  const name = (userId: string) => nameOf(board, userId) ?? 'Somebody'
  const {owner_user_id: owner, estimated_hours: hours, acceptance_criteria_refs: refs} = task
  return (
    <dl className="panel-facts">
      <Fact label="Story">{storyTitle}</Fact>
      <Fact label="Owner">
        {owner ? (
          <span className="person">
            <Avatar name={name(owner)} isMe={owner === me.user_id} />
            {name(owner)}
          </span>
        ) : (
          'Nobody'
        )}
      </Fact>
      <Fact label="Estimate">{hours === null ? 'None' : count(hours, 'hour')}</Fact>
      <Fact label="Acceptance">{refs.join(', ') || 'None'}</Fact>
      <Fact label="Added">
        {moment(task.created_at)} by {name(task.created_by_user_id)}
      </Fact>
      <Fact label="Last change">{moment(task.updated_at)}</Fact>
    </dl>
  )
}

function Fact({label, children}: {label: string; children: ReactNode}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
