/** The panel beside the board shows one task: its description, actions, details and comments. */
import type {ReactNode} from 'react'
import type {Board, BoardTask} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {useViewers, ViewerFaces} from '../organization/presence.tsx'
import {Avatar} from '../parts/avatar.tsx'
import {Dialog} from '../parts/dialog.tsx'
import {count, dateAndTime} from '../parts/format.ts'
import type {Observable} from '../parts/observable.ts'
import {alsoOpenText, noOwner} from '../parts/words.ts'
import {LoadingDescription, useDescription} from '../plan/description.tsx'
import {TaskQuestions} from '../questions/task-questions.tsx'
import {useSession} from '../session/session.tsx'
import type {CommentEvent} from './comment-list.ts'
import {Comments} from './comments.tsx'
import {PanelActions} from './panel-actions.tsx'
import {TaskElsewhere} from './task-elsewhere.tsx'
import {TaskKey} from './task-key.tsx'
import type {Step} from './task-moves.ts'
import './task-panel.css'

interface TaskPanelProps {
  taskId: string
  /** The open task, or undefined when the board does not contain the task. */
  task: BoardTask | undefined
  board: Board
  /** The last event about a comment that the stream delivered. The comment may belong to another task. */
  latestComment: Observable<CommentEvent | undefined>
  reloads: Observable<number>
  run(task: BoardTask, steps: Step[]): void
  onAsk(task: BoardTask): void
  onEdit(task: BoardTask): void
  onDelete(task: BoardTask): void
  onClose(): void
}

export function TaskPanel(props: TaskPanelProps) {
  const {taskId, task, board, latestComment, reloads, run, onAsk, onEdit, onDelete, onClose} = props
  if (!task) {
    return <TaskElsewhere key={taskId} taskId={taskId} sprintId={board.sprint.id} onClose={onClose} />
  }
  const story = board.stories.find(({id}) => id === task.story_id)
  return (
    <Dialog title={task.title} above={<TaskKey taskKey={task.key} />} kind="side" onClose={onClose}>
      <div className="panel">
        <PanelActions
          key={`actions ${task.id}`}
          task={task}
          run={run}
          onAsk={() => onAsk(task)}
          onEdit={() => onEdit(task)}
          onDelete={() => onDelete(task)}
        />
        <PanelViewers taskId={task.id} />
        <PanelDescription key={`description ${task.id}`} task={task} />
        <PanelDetails task={task} board={board} storyTitle={story?.title ?? ''} />
        <TaskQuestions key={`questions ${task.id}`} task={task} onAsk={() => onAsk(task)} />
        {/* Because of the key, each task has its own form, which restores its own draft. */}
        <Comments key={task.id} task={task} board={board} latestComment={latestComment} reloads={reloads} />
      </div>
    </Dialog>
  )
}

function PanelViewers({taskId}: {taskId: string}) {
  const viewers = useViewers(taskId)
  if (viewers.length === 0) return null
  return (
    <p className="panel-viewers">
      <ViewerFaces names={viewers} />
      {alsoOpenText(viewers)}
    </p>
  )
}

function PanelDescription({task}: {task: BoardTask}) {
  const description = useDescription('tasks', task)
  if (description.text === undefined) return <LoadingDescription of={description} />
  if (description.text === '') return <p className="muted">No description.</p>
  return <p className="prose">{description.text}</p>
}

function PanelDetails({task, board, storyTitle}: {task: BoardTask; board: Board; storyTitle: string}) {
  const {me} = useSession()
  const name = (userId: string) => memberName(board.members, userId)
  const {owner_user_id: owner, estimated_hours: hours, acceptance_criteria_refs: refs} = task
  return (
    <dl className="panel-details">
      <Detail label="Story">{storyTitle}</Detail>
      <Detail label="Owner">
        {owner ? (
          <span className="person">
            <Avatar name={name(owner)} isMe={owner === me.user_id} />
            {name(owner)}
          </span>
        ) : (
          noOwner
        )}
      </Detail>
      <Detail label="Estimate">{hours === null ? 'None' : count(hours, 'hour')}</Detail>
      <Detail label="Acceptance criteria">{refs.join(', ') || 'None'}</Detail>
      <Detail label="Created">
        {dateAndTime(task.created_at)} by {name(task.created_by_user_id)}
      </Detail>
      <Detail label="Updated">{dateAndTime(task.updated_at)}</Detail>
    </dl>
  )
}

function Detail({label, children}: {label: string; children: ReactNode}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
