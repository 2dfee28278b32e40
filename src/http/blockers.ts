import {taskSchema} from '../board/task.ts'
import {addBlocker, removeBlocker} from '../changes/change-blockers.ts'
import {route} from './route.ts'

const ids = {id: 'task-not-found', blocker_id: 'task-not-found'} as const

export const blockerRoutes = [
  route({
    method: 'put',
    path: '/tasks/{id}/blockers/{blocker_id}',
    operationId: 'addBlocker',
    tag: 'Tasks',
    summary: 'Record that another task of the project blocks the task.',
    description:
      'The blocker must be closed before the task. The task can still be taken and closed. When it is blocked by the other task already, nothing changes.',
    ids,
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['task-of-another-project', 'blocker-cycle', 'blockers-full'],
    change: ({ids, expected}) => addBlocker(ids.id, ids.blocker_id, expected),
  }),
  route({
    method: 'delete',
    path: '/tasks/{id}/blockers/{blocker_id}',
    operationId: 'removeBlocker',
    tag: 'Tasks',
    summary: 'Remove a blocker of the task.',
    ids,
    conditional: true,
    success: 200,
    response: taskSchema,
    problems: ['blocker-not-found'],
    change: ({ids, expected}) => removeBlocker(ids.id, ids.blocker_id, expected),
  }),
]
