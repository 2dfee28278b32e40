import {z} from 'zod'
import {activitySchema, newActivitiesSchema} from '../board/activity.ts'
import {recordActivity} from '../changes/record-activity.ts'
import {listActivity} from '../store/snapshots.ts'
import {newestFirst, pageQuery, pageSchema} from './paging.ts'
import {route} from './route.ts'

const recordedSchema = z
  .object({
    items: z
      .array(activitySchema)
      .min(1)
      .meta({description: 'The recorded activities, in the order of the request.'}),
  })
  .meta({id: 'RecordedActivity'})

export const activityRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/activity',
    operationId: 'recordActivity',
    tag: 'Activity',
    summary: 'Record one activity of an agent, pull request or workflow, or a batch of up to 500 activities.',
    description: 'A batch is all-or-nothing.',
    ids: {id: 'project-not-found'},
    body: newActivitiesSchema,
    success: 201,
    response: recordedSchema,
    location: ({items}) => `/projects/${items[0]!.project_id}/activity`,
    problems: ['run-already-started', 'run-not-started', 'run-already-completed'],
    change: ({ids, body}) => recordActivity(ids.id, [body].flat()),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/activity',
    operationId: 'listActivity',
    tag: 'Activity',
    summary: 'List the activities of agents, pull requests and workflows, newest first.',
    ids: {id: 'project-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('ActivityPage', activitySchema, newestFirst),
    read: ({caller, ids, query}, {db}) => listActivity(db, caller.organization_id, ids.id, query),
  }),
]
