import {
  escalationResponseSchema,
  escalationSchema,
  escalationStatus,
  newEscalationSchema,
} from '../board/escalation.ts'
import {id} from '../board/fields.ts'
import {raiseEscalation} from '../changes/raise-escalation.ts'
import {respondToEscalation} from '../changes/respond-to-escalation.ts'
import {listEscalations, readEscalation} from '../store/snapshots.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

const escalationQuery = pageQuery.extend({
  status: escalationStatus.optional().meta({description: 'Only escalations with this status. Default: all.'}),
  assignee: id.optional().meta({description: 'Only escalations assigned to this member. Default: all.'}),
  task: id.optional().meta({description: 'Only escalations about this task. Default: all.'}),
})

export const escalationRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/escalations',
    operationId: 'raiseEscalation',
    tag: 'Escalations',
    summary:
      'Raise an escalation: a question that blocks work on the project or on one of its stories or tasks.',
    ids: {id: 'project-not-found'},
    body: newEscalationSchema,
    success: 201,
    response: escalationSchema,
    location: ({id}) => `/escalations/${id}`,
    description:
      'With `kind: "release"`, you ask the owner of the task for the task. The assignee is then the owner of the task.',
    problems: [
      'story-not-found',
      'task-not-found',
      'member-not-found',
      'assignee-is-viewer',
      'task-not-owned',
      'task-already-owned',
    ],
    change: ({ids, body}) => raiseEscalation(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/escalations',
    operationId: 'listEscalations',
    tag: 'Escalations',
    summary: 'List the escalations of a project.',
    ids: {id: 'project-not-found'},
    query: escalationQuery,
    success: 200,
    response: pageSchema('EscalationPage', escalationSchema),
    read: ({caller, ids, query}, {db}) => listEscalations(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/escalations/{id}',
    operationId: 'readEscalation',
    tag: 'Escalations',
    summary: 'Read an escalation.',
    ids: {id: 'escalation-not-found'},
    success: 200,
    response: escalationSchema,
    read: ({caller, ids}, {db}) => readEscalation(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'post',
    path: '/escalations/{id}/response',
    operationId: 'respondToEscalation',
    tag: 'Escalations',
    summary: 'Respond to an escalation.',
    description:
      'Each escalation accepts one response. If the escalation has an assignee, only the assignee and admins can respond. With `approved: true`, the member who asked for a release becomes the owner of the task.',
    ids: {id: 'escalation-not-found'},
    body: escalationResponseSchema,
    success: 200,
    response: escalationSchema,
    problems: ['escalation-already-responded', 'not-the-assignee', 'member-not-found', 'assignee-is-viewer'],
    change: ({ids, body}) => respondToEscalation(ids.id, body),
  }),
]
