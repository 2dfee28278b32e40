/** All there is to a task, beside the board: what it asks for, what can be done, and what was said. */
import {type ReactNode, useEffect, useState} from 'react'
import type {Board} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import type {Task} from '../board/task.ts'
import {Avatar} from './avatar.tsx'
import {nameOf} from './board-view.ts'
import {Dialog} from './dialog.tsx'
import type {Held} from './held.ts'
import {PenIcon, StatusIcon, TrashIcon} from './icons.tsx'
import {useLoaded} from './loaded.ts'
import {mentionsIn, refusal} from './notices.ts'
import {readAll, useSession} from './session.tsx'
import {actLabel, nextStep, placesFor, type Step, stepsTo} from './task-moves.ts'
import {ago, count, moment, statusLabels} from './words.ts'
import './task-panel.css'

interface TaskPanelProps {
  /** Undefined: it is not on this board, or not any more. */
  task: Task | undefined
  board: Board
  /** The last that the stream has brought. */
  latestComment: Held<Comment | undefined>
  run(task: Task, steps: Step[]): void
  onEdit(task: Task): void
  onDelete(task: Task): void
  onClose(): void
}

export function TaskPanel({task, board, latestComment, run, onEdit, onDelete, onClose}: TaskPanelProps) {
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
        <PanelActs task={task} run={run} onEdit={onEdit} onDelete={onDelete} />
        {task.description ? (
          <p className="prose">{task.description}</p>
        ) : (
          <p className="muted">No description.</p>
        )}
        <PanelFacts task={task} board={board} storyTitle={story?.title ?? ''} />
        <Comments task={task} board={board} latest={latestComment} />
      </div>
    </Dialog>
  )
}

type PanelActsProps = Pick<TaskPanelProps, 'run' | 'onEdit' | 'onDelete'> & {task: Task}

function PanelActs({task, run, onEdit, onDelete}: PanelActsProps) {
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
          <button
            type="button"
            className="icon-button"
            aria-label="Edit task"
            title="Edit task"
            onClick={() => onEdit(task)}
          >
            <PenIcon />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label="Delete task"
            title="Delete task"
            onClick={() => onDelete(task)}
          >
            <TrashIcon />
          </button>
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

interface CommentsProps {
  task: Task
  board: Board
  latest: Held<Comment | undefined>
}

function Comments({task, board, latest}: CommentsProps) {
  const {api, me} = useSession()
  const comments = useLoaded(task.id, () => readAll<Comment>(api, `/tasks/${task.id}/comments`))
  const {change} = comments
  useEffect(
    () =>
      latest.watch(() => {
        const comment = latest.get()
        if (comment?.task_id === task.id) change(known => withComment(known, comment))
      }),
    [latest, task.id, change],
  )

  return (
    <section className="comments" aria-label="Comments">
      <h3>Comments</h3>
      {comments.error !== undefined && !comments.value && (
        <p className="field-error">
          The comments could not be read.{' '}
          <button type="button" className="link-button" onClick={comments.reload}>
            Try again
          </button>
        </p>
      )}
      <ol>
        {comments.value?.map(comment => (
          <li key={comment.id} className="comment">
            <Avatar
              name={nameOf(board, comment.author_user_id) ?? '?'}
              isMe={comment.author_user_id === me.user_id}
            />
            <div>
              <p className="comment-head">
                <strong>{nameOf(board, comment.author_user_id) ?? 'Somebody'}</strong>
                <time className="muted" dateTime={comment.created_at} title={moment(comment.created_at)}>
                  {ago(comment.created_at, Date.now())}
                </time>
              </p>
              <p className="prose">{comment.body}</p>
            </div>
          </li>
        ))}
        {comments.value?.length === 0 && <li className="muted">Nobody has said anything yet.</li>}
      </ol>
      {me.role !== 'viewer' && (
        <CommentForm
          members={board.members}
          send={async (body, mentions) => {
            const comment = await api.call<Comment>('POST', `/tasks/${task.id}/comments`, {body, mentions})
            change(known => withComment(known, comment))
          }}
        />
      )}
    </section>
  )
}

interface CommentFormProps {
  members: Board['members']
  /** Rejects where the server refuses: then what was written stays. */
  send(body: string, mentions: string[]): Promise<void>
}

function CommentForm({members, send}: CommentFormProps) {
  const [body, setBody] = useState('')
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  async function submit() {
    const text = body.trim()
    if (text === '' || isBusy) return
    setBusy(true)
    setError(undefined)
    try {
      await send(text, mentionsIn(text, members))
      setBody('')
    } catch (error) {
      setError(refusal(error, 'Your comment').detail)
    }
    setBusy(false)
  }

  return (
    <form
      className="comment-form"
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <textarea
        aria-label="Write a comment"
        placeholder="Write a comment; @name calls somebody"
        rows={2}
        maxLength={10_000}
        value={body}
        onChange={event => setBody(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
        }}
      />
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" className="button" disabled={isBusy || body.trim() === ''}>
        Comment
      </button>
    </form>
  )
}

/** It may come from the answer and from the stream, in either order. */
function withComment(known: Comment[], comment: Comment): Comment[] {
  return known.some(({id}) => id === comment.id) ? known : [...known, comment]
}
