import {commentSchema, newCommentSchema} from '../board/comment.ts'
import {commentOnTask} from '../changes/comment-on-task.ts'
import {listComments, readComment} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const commentRoutes = [
  route({
    method: 'post',
    path: '/tasks/{id}/comments',
    operationId: 'commentOnTask',
    tag: 'Comments',
    summary: 'Comment on a task.',
    ids: {id: 'task-not-found'},
    body: newCommentSchema,
    success: 201,
    response: commentSchema,
    location: ({id}) => `/comments/${id}`,
    problems: ['member-not-found'],
    change: ({ids, body}) => commentOnTask(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/tasks/{id}/comments',
    operationId: 'listComments',
    tag: 'Comments',
    summary: 'List the comments on a task.',
    ids: {id: 'task-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('CommentPage', commentSchema),
    read: ({caller, ids, query}, {db}) => listComments(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/comments/{id}',
    operationId: 'readComment',
    tag: 'Comments',
    summary: 'Read a comment.',
    ids: {id: 'comment-not-found'},
    success: 200,
    response: commentSchema,
    read: ({caller, ids}, {db}) => readComment(db, caller.organization_id, ids.id),
  }),
]
