/** The comments of a task, and the form that adds a comment. */
import {useEffect} from 'react'
import type {Board, BoardTask, Comment} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {usePresentMembers} from '../organization/organization-stream.tsx'
import {Avatar} from '../parts/avatar.tsx'
import {useFetched} from '../parts/fetched.ts'
import {Form, TextField, textOf} from '../parts/form.tsx'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {useNow} from '../parts/now.ts'
import type {Observable} from '../parts/observable.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {mentionsIn} from './mentions.ts'

/** The key of the draft of a comment. */
export function commentKey(taskId: string): string {
  return `comment ${taskId}`
}

interface CommentsProps {
  task: BoardTask
  board: Board
  /** The last comment that the stream delivered. This comment may belong to another task. */
  latestComment: Observable<Comment | undefined>
  /** Changes when the stream has not delivered all events. The comments are then fetched again. */
  reloads: Observable<number>
}

export function Comments({task, board, latestComment, reloads}: CommentsProps) {
  const {api, me} = useSession()
  const now = useNow()
  const members = usePresentMembers()
  const comments = useFetched(task.id, () => api.all('GET /tasks/{id}/comments', {params: {id: task.id}}))
  const {update, refetch} = comments
  useEffect(() => reloads.subscribe(refetch), [reloads, refetch])
  useEffect(
    () =>
      latestComment.subscribe(() => {
        const comment = latestComment.get()
        if (comment?.task_id === task.id) update(known => withComment(known, comment))
      }),
    [latestComment, task.id, update],
  )

  async function addComment(fields: FormData) {
    const body = textOf(fields, 'body')
    const mentions = mentionsIn(body, members)
    const comment = await api.call('POST /tasks/{id}/comments', {
      params: {id: task.id},
      body: {body, mentions},
    })
    update(known => withComment(known, comment))
  }

  return (
    <section className="comments" aria-label="Comments">
      <h3>Comments</h3>
      <LoadError of={comments}>Could not load the comments.</LoadError>
      <ol>
        {comments.value?.map(comment => (
          <li key={comment.id} className="comment">
            <Avatar
              name={memberName(board.members, comment.author_user_id)}
              isMe={comment.author_user_id === me.user_id}
            />
            <div>
              <p className="comment-head">
                <strong>{memberName(board.members, comment.author_user_id)}</strong>
                <time className="muted" dateTime={comment.created_at} title={dateAndTime(comment.created_at)}>
                  {timeAgo(comment.created_at, now)}
                </time>
              </p>
              <p className="prose">{comment.body}</p>
            </div>
          </li>
        ))}
        {comments.value?.length === 0 && <li className="muted">No comments yet.</li>}
      </ol>
      {me.role !== 'viewer' && (
        <Form
          className="comment-form"
          draftKey={commentKey(task.id)}
          onSubmit={addComment}
          actions={isBusy => (
            <button type="submit" className="button" disabled={isBusy}>
              Comment
            </button>
          )}
        >
          <TextField
            name="body"
            placeholder="Write a comment. Use @name to mention someone."
            rows={2}
            isRequired
            isLabelHidden
          />
        </Form>
      )}
    </section>
  )
}

/**
 * Adds the comment if the list does not contain this comment yet. A new comment of the viewer arrives twice: in the
 * response and on the stream.
 */
function withComment(known: Comment[], comment: Comment): Comment[] {
  return known.some(({id}) => id === comment.id) ? known : [...known, comment]
}
