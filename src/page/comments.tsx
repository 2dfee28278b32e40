/** What was said of a task, and what one has to say. */
import {useEffect, useState} from 'react'
import type {Board} from '../board/board.ts'
import type {Comment} from '../board/comment.ts'
import type {Task} from '../board/task.ts'
import {Avatar} from './avatar.tsx'
import {nameOf} from './board-view.ts'
import type {Held} from './held.ts'
import {useLoaded} from './loaded.ts'
import {useNews} from './news.tsx'
import {mentionsIn, refusal} from './notices.ts'
import {readAll, useSession} from './session.tsx'
import {ago, moment} from './words.ts'

interface CommentsProps {
  task: Task
  board: Board
  /** The last comment that the stream has brought, of whatever task. */
  latest: Held<Comment | undefined>
}

export function Comments({task, board, latest}: CommentsProps) {
  const {api, me} = useSession()
  const comments = useLoaded(task.id, () => readAll<Comment>(api, `/tasks/${task.id}/comments`))
  const {change} = comments
  useNews({onEvent() {}, onReset: comments.reload})
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
