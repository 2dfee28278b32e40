import {labelEditSchema, labelSchema, newLabelSchema} from '../board/label.ts'
import {taskSchema} from '../board/task.ts'
import {addLabel, removeLabel} from '../changes/change-task-labels.ts'
import {createLabel} from '../changes/create-label.ts'
import {deleteLabel} from '../changes/delete-label.ts'
import {editLabel} from '../changes/edit-label.ts'
import {listLabels} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

export const labelRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/labels',
    operationId: 'createLabel',
    tag: 'Labels',
    summary: 'Add a label to a project.',
    ids: {id: 'project-not-found'},
    body: newLabelSchema,
    success: 201,
    response: labelSchema,
    problems: ['label-name-in-use'],
    change: ({ids, body}) => createLabel(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/labels',
    operationId: 'listLabels',
    tag: 'Labels',
    summary: 'List the labels of a project.',
    ids: {id: 'project-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('LabelPage', labelSchema),
    read: ({caller, ids, query}, {db}) => listLabels(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'patch',
    path: '/labels/{id}',
    operationId: 'editLabel',
    tag: 'Labels',
    summary: 'Edit a label.',
    description: 'Only the fields in the body change.',
    ids: {id: 'label-not-found'},
    body: labelEditSchema,
    conditional: true,
    success: 200,
    response: labelSchema,
    problems: ['label-name-in-use'],
    change: ({ids, body, expected}) => editLabel(ids.id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/labels/{id}',
    operationId: 'deleteLabel',
    tag: 'Labels',
    summary: 'Delete a label, and remove it from all tasks.',
    description: 'The versions of the tasks do not change.',
    ids: {id: 'label-not-found'},
    conditional: true,
    success: 204,
    change: ({ids, expected}) => deleteLabel(ids.id, expected),
  }),
  route({
    method: 'put',
    path: '/tasks/{id}/labels/{label_id}',
    operationId: 'addLabel',
    tag: 'Tasks',
    summary: 'Add a label to a task.',
    description:
      'When the task has the label already, nothing changes. Members who add or remove different labels at the same time do not conflict without `If-Match`.',
    ids: {id: 'task-not-found', label_id: 'label-not-found'},
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['labels-full'],
    change: ({ids, expected}) => addLabel(ids.id, ids.label_id, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}/labels/{label_id}',
    operationId: 'removeLabel',
    tag: 'Tasks',
    summary: 'Remove a label from a task.',
    description: 'When the task does not have the label, nothing changes.',
    ids: {id: 'task-not-found', label_id: 'label-not-found'},
    conditional: true,
    success: 200,
    response: taskSchema,
    change: ({ids, expected}) => removeLabel(ids.id, ids.label_id, expected),
  }),
]
