import {divergenceSchema} from '../board/divergence.ts'
import {readSprint} from '../store/snapshots.ts'
import {route} from './route.ts'

export const divergenceRoutes = [
  route({
    method: 'post',
    path: '/divergences',
    operationId: 'reportDivergence',
    tag: 'Sprints',
    summary: 'Report that your board had another digest than the server’s board.',
    description:
      'Compare the digest of your board with each `stream.checkpoint`. When the digests differ, fetch the board again and send this report. The server logs and counts the reports.',
    role: 'viewer',
    body: divergenceSchema,
    success: 204,
    omitsEventId: true,
    problems: ['sprint-not-found'],
    async report({caller, body}, {db, divergences}) {
      await readSprint(db, caller.organization_id, body.sprint_id)
      divergences.add(caller, body)
    },
  }),
]
