import {z} from 'zod'
import {id, instant, text} from './fields.ts'

const body = text({min: 1, max: 10_000})
/** The members that the comment mentions. */
const mentions = z.array(id).max(50)

export const commentSchema = z
  .object({id, task_id: id, author_user_id: id, body, mentions, created_at: instant})
  .meta({id: 'Comment'})
export type Comment = z.infer<typeof commentSchema>

export const newCommentSchema = z.strictObject({body, mentions: mentions.default([])})
export type NewComment = z.infer<typeof newCommentSchema>
