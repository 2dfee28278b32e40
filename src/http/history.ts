import {z} from 'zod'
import {historyItemSchema, maxFacts} from '../board/history.ts'
import {listSprintHistory, listTaskHistory} from '../store/history.ts'
import {pageQuery} from './paging.ts'
import {route} from './route.ts'

const historyQuery = pageQuery.extend({
  after: z.coerce
    .number({error: 'must be a single whole number'})
    .int()
    .min(1)
    .optional()
    .meta(pageQuery.shape.after.meta() ?? {}),
})

const historyPageSchema = z
  .object({
    items: z.array(historyItemSchema).meta({description: 'The changes, newest first.'}),
    next: z
      .int()
      .min(1)
      .nullable()
      .meta({description: 'The value of `after` that requests the next page, or null on the last page.'}),
  })
  .meta({id: 'HistoryPage'})

const kept = `The newest ${maxFacts.toLocaleString('en-US')} changes are kept, also when their events are pruned. Not included: changes before the upgrade to the first version with a history, and changes by an import.`

export const historyRoutes = [
  route({
    method: 'get',
    path: '/tasks/{id}/history',
    operationId: 'listTaskHistory',
    tag: 'Tasks',
    summary: 'List the changes of a task, newest first.',
    description: `Contains who changed which fields, comments and questions, but not moves within the order. ${kept}`,
    ids: {id: 'task-not-found'},
    query: historyQuery,
    success: 200,
    response: historyPageSchema,
    read: ({caller, ids, query}, {db}) => listTaskHistory(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/sprints/{id}/history',
    operationId: 'listSprintHistory',
    tag: 'Sprints',
    summary: 'List the changes of a sprint, newest first.',
    description: `Contains who changed the sprint, and which stories and tasks were added, moved or deleted. A task that moves with its story is not listed. ${kept}`,
    ids: {id: 'sprint-not-found'},
    query: historyQuery,
    success: 200,
    response: historyPageSchema,
    read: ({caller, ids, query}, {db}) => listSprintHistory(db, caller.organization_id, ids.id, query),
  }),
]
