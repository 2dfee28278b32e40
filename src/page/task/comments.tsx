/** The comments of a task, and the form that adds a comment. */
import {useEffect, useRef, useSyncExternalStore} from 'react'
import {isProblem} from '../../client/api-client.ts'
import type {Backlog, Board, BoardEvent, BoardTask, Comment as CommentData} from '../../client/client.ts'
import {memberName} from '../organization/members.ts'
import {usePresentMembers} from '../organization/organization-stream.tsx'
import {useDrafts} from '../parts/drafts.ts'
import {useFetched} from '../parts/fetched.ts'
import {Form, TextField, textOf} from '../parts/form.tsx'
import type {Observable} from '../parts/observable.ts'
import {LoadError} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'
import {useRecordFinal} from '../undo/record-act.tsx'
import {Comment, editedCommentKey} from './comment.tsx'
import {isCommentEvent, withComment, withCommentEvent, withEdited, withoutComment} from './comment-list.ts'
import {markdownHint} from './markdown-hint.ts'
import {mentionsIn} from './mentions.ts'

/** The key of the draft of a comment. */
export function commentKey(taskId: string): string {
  return `comment ${taskId}`
}

interface CommentsProps {
  task: BoardTask
  board: Board | Backlog
  /** The last event that the stream delivered. */
  latestEvent: Observable<BoardEvent | undefined>
  /** Changes when the stream has not delivered all events. The comments are then fetched again. */
  reloads: Observable<number>
}

export function Comments({task, board, latestEvent, reloads}: CommentsProps) {
  const {api, me} = useSession()
  const recordFinal = useRecordFinal()
  const members = usePresentMembers()
  const list = useRef<HTMLOListElement>(null)
  const comments = useFetched(task.id, () => api.all('GET /tasks/{id}/comments', {params: {id: task.id}}))
  const {update, refetch} = comments
  useEffect(() => reloads.subscribe(refetch), [reloads, refetch])
  useEffect(
    () =>
      latestEvent.subscribe(() => {
        const event = latestEvent.get()
        if (event && isCommentEvent(event) && event.task_id === task.id)
          update(known => withCommentEvent(known, event))
      }),
    [latestEvent, task.id, update],
  )
  const shown = useWithEdited(comments.value)

  async function addComment(body: string) {
    const sent = api.call('POST /tasks/{id}/comments', {
      params: {id: task.id},
      body: {body, mentions: mentionsIn(body, members)},
    })
    const comment = await recordFinal(`Comment added: ${task.key}`, sent)
    update(known => withComment(known, comment))
  }

  async function editComment({id}: CommentData, body: string) {
    const sent = api.call('PATCH /comments/{id}', {
      params: {id},
      body: {body, mentions: mentionsIn(body, members)},
    })
    const comment = await recordFinal(`Comment edited: ${task.key}`, sent)
    update(known => withEdited(known, comment))
  }

  async function removeComment({id}: CommentData) {
    try {
      const deletion = api.call('DELETE /comments/{id}', {params: {id}})
      await recordFinal(`Comment deleted: ${task.key}`, deletion)
    } catch (error) {
      if (!isProblem(error, 'comment-not-found')) throw error
    }
    update(known => withoutComment(known, id))
    list.current?.focus() // the pressed button disappears
  }

  return (
    <section className="comments" aria-label="Comments">
      <h3>Comments</h3>
      <LoadError of={comments}>Could not load the comments.</LoadError>
      <ol ref={list} tabIndex={-1}>
        {shown.map(({comment, isDeleted}) => (
          <Comment
            key={comment.id}
            comment={comment}
            author={memberName(board.members, comment.author_user_id)}
            isDeleted={isDeleted}
            save={body => (isDeleted ? addComment(body) : editComment(comment, body))}
            remove={() => removeComment(comment)}
          />
        ))}
        {comments.value?.length === 0 && <li className="muted">No comments yet.</li>}
      </ol>
      {me.role !== 'viewer' && (
        <Form
          className="comment-form"
          draftKey={commentKey(task.id)}
          action="Comment"
          onSubmit={fields => addComment(textOf(fields, 'body'))}
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
            hint={markdownHint}
          />
        </Form>
      )}
    </section>
  )
}

/** A comment that was deleted while the viewer was editing it stays at its place, until the viewer's text is sent or discarded. */
function useWithEdited(comments: CommentData[] | undefined): {comment: CommentData; isDeleted: boolean}[] {
  const drafts = useDrafts()
  const last = useRef<CommentData[]>([])
  const isEdited = ({id}: CommentData) => drafts.read(editedCommentKey(id)) !== undefined
  // The text is compared by its value, so typing does not render the list again.
  useSyncExternalStore(drafts.subscribe, () =>
    last.current
      .filter(isEdited)
      .map(({id}) => id)
      .join(),
  )
  const known = new Set(comments?.map(({id}) => id))
  const kept = last.current.filter(comment => !known.has(comment.id) && isEdited(comment))
  const shown = [...(comments ?? []), ...kept].sort((one, other) => (one.id < other.id ? -1 : 1))
  last.current = shown
  return shown.map(comment => ({comment, isDeleted: !known.has(comment.id)}))
}
