import {z} from 'zod'
import {newTaskSchema, taskEditSchema, taskSchema, taskStatus} from '../board/task.ts'
import {createTask} from '../changes/create-task.ts'
import {deleteTask} from '../changes/delete-task.ts'
import {editTask} from '../changes/edit-task.ts'
import {releaseTask} from '../changes/release-task.ts'
import {setTaskStatus} from '../changes/set-task-status.ts'
import {takeTask} from '../changes/take-task.ts'
import {listTasks, readTask} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const taskRoutes = [
  route({
    method: 'post',
    path: '/stories/{id}/tasks',
    summary: 'Add a task to a story.',
    ids: {id: 'story-not-found'},
    body: newTaskSchema,
    success: 201,
    response: taskSchema,
    location: ({id}) => `/tasks/${id}`,
    change: ({ids, body}) => createTask(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/stories/{id}/tasks',
    summary: 'List the tasks of a story.',
    ids: {id: 'story-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('TaskPage', taskSchema),
    read: ({caller, ids, query}, {db}) => listTasks(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/tasks/{id}',
    summary: 'Read a task.',
    ids: {id: 'task-not-found'},
    success: 200,
    response: taskSchema,
    read: ({caller, ids}, {db}) => readTask(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'patch',
    path: '/tasks/{id}',
    summary:
      'Edit a task. Only the fields in the body change. Every member can edit the task, not only its owner.',
    ids: {id: 'task-not-found'},
    body: taskEditSchema,
    conditional: true,
    success: 200,
    response: taskSchema,
    change: ({ids, body, expected}) => editTask(ids.id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}',
    summary: 'Delete a task. Only the creator of the task, its owner and admins can delete it.',
    ids: {id: 'task-not-found'},
    conditional: true,
    success: 204,
    problems: ['not-the-creator-or-owner'],
    change: ({ids, expected}) => deleteTask(ids.id, expected),
  }),
  route({
    method: 'put',
    path: '/tasks/{id}/ownership',
    summary: 'Take a task. You become its owner.',
    ids: {id: 'task-not-found'},
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['task-already-owned', 'invalid-status-move'],
    change: ({ids, expected}) => takeTask(ids.id, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}/ownership',
    summary: 'Release a task. The task becomes available again.',
    ids: {id: 'task-not-found'},
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['task-not-owned', 'not-the-owner'],
    change: ({ids, expected}) => releaseTask(ids.id, expected),
  }),
  route({
    method: 'put',
    path: '/tasks/{id}/status',
    summary: 'Set the status of a task: advance an owned task, cancel an open task, or reopen a closed task.',
    ids: {id: 'task-not-found'},
    body: z.strictObject({status: taskStatus}),
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['invalid-status-move', 'not-the-owner'],
    change: ({ids, body, expected}) => setTaskStatus(ids.id, body.status, expected),
  }),
]
