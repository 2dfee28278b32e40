import test from 'ava'
import type {Comment} from '../../../src/client/client.ts'
import {
  type CommentEvent,
  withComment,
  withCommentEvent,
  withEdited,
} from '../../../src/page/task/comment-list.ts'

const comment = (id: string, body: string, edited_at: string | null = null) =>
  ({id, body, edited_at}) as Comment
const edited = (comment: Comment) => ({type: 'task.comment.edited', comment}) as CommentEvent
const deleted = (comment_id: string) => ({type: 'task.comment.deleted', comment_id}) as CommentEvent
const early = '2026-01-01T08:00:00.000Z'
const late = '2026-01-01T09:00:00.000Z'

test('a new comment that arrives twice is in the list once', t => {
  const known = withComment([], comment('1', 'Hello'))
  t.is(
    withCommentEvent(known, {type: 'task.commented', comment: comment('1', 'Hello')} as CommentEvent),
    known,
  )
})

test('an edit replaces the comment only when it is newer than the known version', t => {
  const known = [comment('1', 'First'), comment('2', 'Second', early)]
  const after = withCommentEvent(known, edited(comment('2', 'Latest', late)))
  t.deepEqual(after, [known[0]!, comment('2', 'Latest', late)])
  t.is(withCommentEvent(after, edited(comment('2', 'Second', early))), after)
})

test('a deleted comment leaves the list, and an edit that arrives later does not add it again', t => {
  const after = withCommentEvent([comment('1', 'First'), comment('2', 'Second')], deleted('1'))
  t.deepEqual(after, [comment('2', 'Second')])
  t.is(withEdited(after, comment('1', 'Edited', late)), after)
  t.is(withCommentEvent(after, deleted('1')), after)
})
