import {z} from 'zod'
import {
  newOwnerSchema,
  newTaskSchema,
  taskEditSchema,
  taskPlaceSchema,
  taskSchema,
  taskStatus,
} from '../board/task.ts'
import {changedTasksSchema, taskBatchSchema, taskDeletionsSchema} from '../board/task-batch.ts'
import {changeTasks} from '../changes/change-tasks.ts'
import {createTask} from '../changes/create-task.ts'
import {deleteTask} from '../changes/delete-task.ts'
import {deleteTasks} from '../changes/delete-tasks.ts'
import {editTask} from '../changes/edit-task.ts'
import {giveTask} from '../changes/give-task.ts'
import {rankTask} from '../changes/rank-task.ts'
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
    operationId: 'createTask',
    tag: 'Tasks',
    summary: 'Add a task to a story. The sprint of the story must not be closed.',
    ids: {id: 'story-not-found'},
    body: newTaskSchema,
    success: 201,
    response: taskSchema,
    location: ({id}) => `/tasks/${id}`,
    problems: ['label-not-found', 'sprint-closed'],
    change: ({ids, body}) => createTask(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/stories/{id}/tasks',
    operationId: 'listTasks',
    tag: 'Tasks',
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
    operationId: 'readTask',
    tag: 'Tasks',
    summary: 'Read a task.',
    ids: {id: 'task-not-found'},
    success: 200,
    response: taskSchema,
    read: ({caller, ids}, {db}) => readTask(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'patch',
    path: '/tasks/{id}',
    operationId: 'editTask',
    tag: 'Tasks',
    summary: 'Edit a task.',
    description:
      'Only the fields in the body change. Every member can edit the task, not only its owner. A different story_id moves the task to another story of its project, and to the sprint of this story, which must not be closed.',
    ids: {id: 'task-not-found'},
    body: taskEditSchema,
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['story-not-found', 'story-of-another-project', 'label-not-found', 'sprint-closed'],
    change: ({ids, body, expected}) => editTask(ids.id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}',
    operationId: 'deleteTask',
    tag: 'Tasks',
    summary: 'Delete a task.',
    description: 'Only the creator of the task, its owner and admins can delete it.',
    ids: {id: 'task-not-found'},
    conditional: true,
    success: 204,
    problems: ['not-the-creator-or-owner'],
    change: ({ids, expected}) => deleteTask(ids.id, expected),
  }),
  route({
    method: 'put',
    path: '/tasks/{id}/ownership',
    operationId: 'takeTask',
    tag: 'Tasks',
    summary: 'Take a task, or give a task to another member.',
    description:
      'Without a body, you become the owner of an available task. With `owner_user_id`, this member becomes the owner: the present owner and admins can give a task. A task in progress stays in progress.',
    ids: {id: 'task-not-found'},
    body: newOwnerSchema,
    isBodyOptional: true,
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: [
      'task-already-owned',
      'invalid-status-move',
      'not-the-owner',
      'member-not-found',
      'assignee-is-viewer',
    ],
    change: ({ids, body, expected}) =>
      body?.owner_user_id ? giveTask(ids.id, body.owner_user_id, expected) : takeTask(ids.id, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}/ownership',
    operationId: 'releaseTask',
    tag: 'Tasks',
    summary: 'Release a task.',
    description: 'The task becomes available again.',
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
    operationId: 'setTaskStatus',
    tag: 'Tasks',
    summary: 'Set the status of a task: advance an owned task, cancel an open task, or reopen a closed task.',
    ids: {id: 'task-not-found'},
    body: z.strictObject({status: taskStatus}),
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['invalid-status-move', 'not-the-owner'],
    change: ({ids, body, expected}) => setTaskStatus(ids.id, body.status, expected),
  }),
  route({
    method: 'put',
    path: '/tasks/{id}/rank',
    operationId: 'rankTask',
    tag: 'Tasks',
    summary: 'Move a task to another place in the order of its project.',
    description:
      'Directly after or before another task of the project. `after_task_id: null` makes the task the first, and `before_task_id: null` the last task. The task stays in its story.',
    ids: {id: 'task-not-found'},
    body: taskPlaceSchema,
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['task-of-another-project'],
    change: ({ids, body, expected}) => rankTask(ids.id, body, expected),
  }),
  route({
    method: 'post',
    path: '/tasks/changes',
    operationId: 'changeTasks',
    tag: 'Tasks',
    summary: 'Change several tasks in the same way. The request is all-or-nothing.',
    description:
      'The owner changes first, then the status, then the fields. The rights, rules and events are the same as for requests that change one task. A task that already has all the values is not changed. If the request has a story or labels, all tasks must belong to their project. The limits of changes per minute count one change for each task.',
    body: taskBatchSchema,
    countChanges: ({task_ids}) => new Set(task_ids).size,
    success: 200,
    response: changedTasksSchema,
    problems: [
      'tasks-not-changed',
      'version-mismatch',
      'story-not-found',
      'label-not-found',
      'member-not-found',
      'assignee-is-viewer',
    ],
    change: ({body}) => changeTasks(body),
  }),
  route({
    method: 'post',
    path: '/tasks/deletions',
    operationId: 'deleteTasks',
    tag: 'Tasks',
    summary: 'Delete several tasks. The request is all-or-nothing.',
    description:
      'Only the creator of a task, its owner and admins can delete the task. The limits of changes per minute count one change for each task.',
    body: taskDeletionsSchema,
    countChanges: ({task_ids}) => new Set(task_ids).size,
    success: 204,
    problems: ['tasks-not-changed', 'version-mismatch'],
    change: ({body}) => deleteTasks(body),
  }),
]
