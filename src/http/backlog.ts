import {backlogSchema} from '../board/board.ts'
import {formatCursor} from '../board/cursor.ts'
import {readBacklogChange} from '../store/board-changes.ts'
import {readBacklog} from '../store/snapshots.ts'
import {encodeInPieces} from './json-pieces.ts'
import {responseCursor} from './response-cursor.ts'
import {route} from './route.ts'

export const backlogRoutes = [
  route({
    method: 'get',
    path: '/projects/{id}/backlog',
    operationId: 'readBacklog',
    tag: 'Projects',
    summary:
      'Read a consistent snapshot of the project’s backlog, and the cursor from which a stream continues.',
    description:
      'The backlog contains the stories that are in no sprint, with their tasks. Like a board, it contains no descriptions, and no checklists or links of tasks. It has no digest, because no `stream.checkpoint` covers it. With `If-None-Match`, a backlog costs the server little when nothing in the project has changed. The `Event-Id` of a 304 is newer than or equal to the cursor of your backlog, and a stream can start from either of the two.',
    ids: {id: 'project-not-found'},
    success: 200,
    response: backlogSchema.extend({cursor: responseCursor}).meta({id: 'Backlog'}),
    problems: ['backlog-too-large'],
    // The backlog is the same for every member of the organization, so several requests can share one read.
    read({caller: {organization_id}, ids}, {db, boards}) {
      return boards.read(`${organization_id} backlog ${ids.id}`, async () => {
        const {result: backlog, cursor} = await readBacklog(db, organization_id, ids.id)
        return {result: await encodeInPieces({...backlog, cursor: formatCursor(cursor)}), cursor}
      })
    },
    readChange({caller: {organization_id}, ids}, {db, boardChanges}) {
      return boardChanges.read(`${organization_id} backlog ${ids.id}`, () =>
        readBacklogChange(db, organization_id, ids.id),
      )
    },
  }),
]
