import {z} from 'zod'
import {id, instant, text} from './fields.ts'

const body = text({min: 1, max: 10_000})
/** The members that the comment mentions. */
const mentions = z.array(id).max(50)

export const commentSchema = z
  .object({
    id,
    task_id: id,
    author_user_id: id,
    body,
    mentions,
    created_at: instant,
    edited_at: instant
      .nullable()
      .meta({description: 'The time of the last edit. Null when there was no edit.'}),
  })
  .meta({id: 'Comment'})
export type Comment = z.infer<typeof commentSchema>

export const newCommentSchema = z.strictObject({body, mentions: mentions.default([])})
export type NewComment = z.infer<typeof newCommentSchema>

/** Replaces the given fields. An edit that omits `mentions` keeps the mentions. */
export const commentEditSchema = z.strictObject({body, mentions}).partial()
export type CommentEdit = z.infer<typeof commentEditSchema>
