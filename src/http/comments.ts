import {commentEditSchema, commentSchema, newCommentSchema} from '../board/comment.ts'
import {commentOnTask} from '../changes/comment-on-task.ts'
import {deleteComment} from '../changes/delete-comment.ts'
import {editComment} from '../changes/edit-comment.ts'
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
  route({
    method: 'patch',
    path: '/comments/{id}',
    operationId: 'editComment',
    tag: 'Comments',
    summary: 'Edit a comment.',
    description:
      'Only the fields in the body change. Only the author can edit the comment. Members whom the comment did not mention before are notified.',
    ids: {id: 'comment-not-found'},
    body: commentEditSchema,
    success: 200,
    response: commentSchema,
    problems: ['not-the-author', 'member-not-found'],
    change: ({ids, body}) => editComment(ids.id, body),
  }),
  route({
    method: 'delete',
    path: '/comments/{id}',
    operationId: 'deleteComment',
    tag: 'Comments',
    summary: 'Delete a comment.',
    description: 'Only the author and admins can delete the comment.',
    ids: {id: 'comment-not-found'},
    success: 204,
    problems: ['not-the-author'],
    change: ({ids}) => deleteComment(ids.id),
  }),
]
