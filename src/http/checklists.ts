import {checklistItemEditSchema, newChecklistItemSchema} from '../board/checklist.ts'
import {taskSchema} from '../board/task.ts'
import {addChecklistItem, editChecklistItem, removeChecklistItem} from '../changes/change-checklist.ts'
import {route} from './route.ts'

const description =
  'The response contains the whole task. Changes of several members at the same time all succeed without `If-Match`.'

export const checklistRoutes = [
  route({
    method: 'post',
    path: '/tasks/{id}/checklist',
    operationId: 'addChecklistItem',
    tag: 'Tasks',
    summary: 'Add an item to the checklist of a task.',
    description,
    ids: {id: 'task-not-found'},
    body: newChecklistItemSchema,
    conditional: true,
    success: 201,
    response: taskSchema,
    problems: ['checklist-full'],
    change: ({ids, body, expected}) => addChecklistItem(ids.id, body, expected),
  }),
  route({
    method: 'patch',
    path: '/tasks/{id}/checklist/{item_id}',
    operationId: 'editChecklistItem',
    tag: 'Tasks',
    summary: 'Edit, complete or move an item of the checklist.',
    description: `Only the fields in the body change. ${description}`,
    ids: {id: 'task-not-found', item_id: 'checklist-item-not-found'},
    body: checklistItemEditSchema,
    conditional: true,
    success: 200,
    response: taskSchema,
    change: ({ids, body, expected}) => editChecklistItem(ids.id, ids.item_id, body, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}/checklist/{item_id}',
    operationId: 'removeChecklistItem',
    tag: 'Tasks',
    summary: 'Remove an item from the checklist.',
    description,
    ids: {id: 'task-not-found', item_id: 'checklist-item-not-found'},
    conditional: true,
    success: 200,
    response: taskSchema,
    change: ({ids, expected}) => removeChecklistItem(ids.id, ids.item_id, expected),
  }),
]
