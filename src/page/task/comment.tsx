/** One comment. Its author can edit it, and its author and admins can delete it. */

import {type ReactNode, useRef, useState} from 'react'
import {mayDeleteComment} from '../../client/board.ts'
import type {Comment as CommentData} from '../../client/client.ts'
import {Avatar} from '../parts/avatar.tsx'
import {DeleteQuestion} from '../parts/delete-question.tsx'
import {useDrafts} from '../parts/drafts.ts'
import {Form, TextField, textOf} from '../parts/form.tsx'
import {dateAndTime, timeAgo} from '../parts/format.ts'
import {IconButton} from '../parts/icon-button.tsx'
import {PenIcon, TrashIcon} from '../parts/icons.tsx'
import {useNotes} from '../parts/notes.tsx'
import {useNow} from '../parts/now.ts'
import {failureText} from '../parts/words.ts'
import {useSession} from '../session/session.tsx'
import {markdownHint} from './markdown-hint.ts'
import {Prose} from './prose.tsx'

/** The key of the draft of an edit. */
export function editedCommentKey(commentId: string): string {
  return `edit comment ${commentId}`
}

interface CommentProps {
  comment: CommentData
  author: string
  /** Whether the comment was deleted while the viewer was editing it. The viewer's text then stays. */
  isDeleted: boolean
  /** Saves the text. After the deletion of the comment, posts the text as a new comment. */
  save(body: string): Promise<void>
  remove(): Promise<void>
}

export function Comment({comment, author, isDeleted, save, remove}: CommentProps) {
  const {me} = useSession()
  const drafts = useDrafts()
  const [mode, setMode] = useState<'read' | 'edit' | 'restored' | 'delete'>(() =>
    drafts.read(editedCommentKey(comment.id)) ? 'restored' : 'read',
  )
  const isMine = comment.author_user_id === me.user_id
  const isEditing = mode === 'edit' || mode === 'restored'
  const item = useRef<HTMLLIElement>(null)
  const close = () => {
    setMode('read')
    const {activeElement, body} = document
    // The pressed button disappears. A response that arrives late does not move the focus from another element.
    if (activeElement === body || item.current?.contains(activeElement)) item.current?.focus()
  }
  return (
    <li ref={item} className="comment" tabIndex={-1}>
      <Avatar name={author} isMe={isMine} />
      <div>
        <div className="comment-head">
          <strong>{author}</strong>
          <Times comment={comment} />
          {mode === 'read' && me.role !== 'viewer' && (
            <span className="comment-actions">
              {isMine && (
                <IconButton label="Edit comment" onClick={() => setMode('edit')}>
                  <PenIcon />
                </IconButton>
              )}
              {mayDeleteComment(comment, me) && (
                <IconButton label="Delete comment" onClick={() => setMode('delete')}>
                  <TrashIcon />
                </IconButton>
              )}
            </span>
          )}
        </div>
        {isEditing ? (
          <EditForm
            comment={comment}
            isDeleted={isDeleted}
            hasFocus={mode === 'edit'}
            save={save}
            onClose={close}
          />
        ) : (
          <Prose text={comment.body} />
        )}
        {mode === 'delete' && <CommentDeletion remove={remove} subject={comment.body} onKeep={close} />}
      </div>
    </li>
  )
}

function Times({comment: {created_at, edited_at}}: {comment: CommentData}) {
  const now = useNow()
  return (
    <span className="muted">
      <time dateTime={created_at} title={dateAndTime(created_at)}>
        {timeAgo(created_at, now)}
      </time>
      {edited_at && (
        <>
          {' · '}
          <time dateTime={edited_at} title={`Edited ${dateAndTime(edited_at)}`}>
            edited {timeAgo(edited_at, now)}
          </time>
        </>
      )}
    </span>
  )
}

interface EditFormProps extends Pick<CommentProps, 'comment' | 'isDeleted' | 'save'> {
  hasFocus: boolean
  onClose(): void
}

function EditForm({comment: {id, body}, isDeleted, hasFocus, save, onClose}: EditFormProps) {
  const drafts = useDrafts()
  const key = editedCommentKey(id)

  return (
    <Form
      draftKey={key}
      action="Edit comment"
      onSubmit={fields => save(textOf(fields, 'body'))}
      onSent={() => {
        if (!drafts.read(key)) onClose() // the draft is what the member has typed since then
      }}
      actions={isBusy => (
        <div className="form-actions">
          {isDeleted && <p role="status">This comment was deleted.</p>}
          <button
            type="button"
            className="button"
            onClick={() => {
              drafts.write(key, undefined)
              onClose()
            }}
          >
            {isDeleted ? 'Discard my text' : 'Cancel'}
          </button>
          <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
            {isDeleted ? 'Post as a new comment' : 'Save'}
          </button>
        </div>
      )}
    >
      <TextField
        name="body"
        value={body}
        rows={3}
        isRequired
        isLabelHidden
        hasFocus={hasFocus}
        hint={markdownHint}
      />
    </Form>
  )
}

interface CommentDeletionProps {
  subject: string
  remove(): Promise<void>
  onKeep(): void
}

/** Asks below the comment. */
function CommentDeletion({subject, remove, onKeep}: CommentDeletionProps): ReactNode {
  const {showWarning} = useNotes()
  const [isBusy, setBusy] = useState(false)

  async function confirm() {
    setBusy(true)
    try {
      await remove()
    } catch (error) {
      setBusy(false)
      showWarning(failureText(error, subject))
    }
  }

  return (
    <div className="form-actions">
      <DeleteQuestion
        question="Delete this comment?"
        isBusy={isBusy}
        onKeep={onKeep}
        onDelete={() => void confirm()}
      />
    </div>
  )
}
