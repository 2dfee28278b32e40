import {z} from 'zod'
import {formatCursor} from '../board/cursor.ts'
import {dashboardSchema} from '../board/dashboard.ts'
import {id} from '../board/fields.ts'
import {readDashboard} from '../store/dashboard.ts'
import {encodeInPieces} from './json-pieces.ts'
import {responseCursor} from './response-cursor.ts'
import {route} from './route.ts'

export const dashboardRoutes = [
  route({
    method: 'get',
    path: '/dashboard',
    operationId: 'readDashboard',
    tag: 'Projects',
    summary:
      'Read a consistent snapshot of all projects with their sprints, stories and escalations, and the cursor from which a stream continues.',
    description: 'The stories have no descriptions, but the numbers of their tasks.',
    query: z.strictObject({
      project_id: id.optional().meta({description: 'Only this project. Default: all projects.'}),
    }),
    success: 200,
    response: dashboardSchema.extend({cursor: responseCursor}).meta({id: 'Dashboard'}),
    problems: ['project-not-found'],
    // The dashboard is the same for every member of the organization, so several requests can share one read.
    read({caller: {organization_id}, query: {project_id}}, {db, boards}) {
      return boards.read(`${organization_id} dashboard ${project_id ?? ''}`, async () => {
        const {result, cursor} = await readDashboard(db, organization_id, project_id)
        return {result: await encodeInPieces({...result, cursor: formatCursor(cursor)}), cursor}
      })
    },
  }),
]
