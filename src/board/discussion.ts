/** What a task shows of its comments and of the questions about it. */
import {z} from 'zod'

const count = z.int().min(0)

/**
 * `discussion_version` starts at 0. Each comment on the task and each change of a question about the task increments it.
 * The `version` of the task does not change, so that a comment does not conflict with an edit.
 */
export const discussionFields = {comment_count: count, open_question_count: count, discussion_version: count}
export type Discussion = z.infer<z.ZodObject<typeof discussionFields>>

/** The discussion of a new task. */
export const noDiscussion: Discussion = {comment_count: 0, open_question_count: 0, discussion_version: 0}

/** Returns the discussion with the numbers of comments and open questions changed by the given numbers. */
export function discussed(
  {comment_count, open_question_count, discussion_version}: Discussion,
  {comments = 0, openQuestions = 0}: {comments?: number; openQuestions?: number},
): Discussion {
  return {
    comment_count: comment_count + comments,
    open_question_count: open_question_count + openQuestions,
    discussion_version: discussion_version + 1,
  }
}
