import {boardSchema} from '../board/board.ts'
import {formatCursor} from '../board/cursor.ts'
import {boardDigest} from '../board/fields.ts'
import {
  burndownSchema,
  newSprintSchema,
  newSprintStatusSchema,
  sprintEditSchema,
  sprintSchema,
  velocitySchema,
} from '../board/sprint.ts'
import {createSprint} from '../changes/create-sprint.ts'
import {deleteSprint} from '../changes/delete-sprint.ts'
import {editSprint} from '../changes/edit-sprint.ts'
import {setSprintStatus} from '../changes/set-sprint-status.ts'
import {readBoardChange} from '../store/board-changes.ts'
import {digestInTurns} from '../store/board-digest.ts'
import {listSprints, readBoard, readSprint} from '../store/snapshots.ts'
import {readBurndown, readVelocity} from '../store/sprint-days.ts'
import {encodeInPieces} from './json-pieces.ts'
import {pageQuery, pageSchema} from './paging.ts'
import {responseCursor} from './response-cursor.ts'
import {route} from './route.ts'

const boardResponseSchema = boardSchema
  .extend({
    cursor: responseCursor,
    digest: boardDigest.meta({
      description:
        'The SHA-256 of the board in lower-case hex. It covers the canonical JSON (RFC 8785) of the object `{"sprint", "stories"}` of this response. `description` of stories and tasks is omitted from this object.',
    }),
  })
  .meta({id: 'Board'})

export const sprintRoutes = [
  route({
    method: 'post',
    path: '/projects/{id}/sprints',
    operationId: 'createSprint',
    tag: 'Sprints',
    summary: 'Add a sprint to a project.',
    ids: {id: 'project-not-found'},
    body: newSprintSchema,
    success: 201,
    response: sprintSchema,
    location: ({id}) => `/sprints/${id}`,
    change: ({ids, body}) => createSprint(ids.id, body),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/sprints',
    operationId: 'listSprints',
    tag: 'Sprints',
    summary: 'List the sprints of a project.',
    ids: {id: 'project-not-found'},
    query: pageQuery,
    success: 200,
    response: pageSchema('SprintPage', sprintSchema),
    read: ({caller, ids, query}, {db}) => listSprints(db, caller.organization_id, ids.id, query),
  }),
  route({
    method: 'get',
    path: '/sprints/{id}',
    operationId: 'readSprint',
    tag: 'Sprints',
    summary: 'Read a sprint.',
    ids: {id: 'sprint-not-found'},
    success: 200,
    response: sprintSchema,
    read: ({caller, ids}, {db}) => readSprint(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'patch',
    path: '/sprints/{id}',
    operationId: 'editSprint',
    tag: 'Sprints',
    summary: 'Edit a sprint.',
    description: 'Only the fields in the body change.',
    ids: {id: 'sprint-not-found'},
    body: sprintEditSchema,
    conditional: true,
    success: 200,
    response: sprintSchema,
    change: ({ids, body, expected}) => editSprint(ids.id, body, expected),
  }),
  route({
    method: 'put',
    path: '/sprints/{id}/status',
    operationId: 'setSprintStatus',
    tag: 'Sprints',
    summary: 'Start, close or reopen a sprint.',
    description:
      'A planned sprint becomes `active`, an active one `closed`, and a closed one `active` again. When a sprint is closed, each story with an open task moves with all its tasks to another sprint or to the backlog, and so does each story that has no task and is not done. Each story and each task has its own event; the event `sprint.status.changed` follows and contains the summary.',
    ids: {id: 'sprint-not-found'},
    body: newSprintStatusSchema,
    conditional: true,
    success: 200,
    response: sprintSchema,
    problems: ['invalid-status-move', 'sprint-of-another-project', 'sprint-closed'],
    change: ({ids, body, expected}) => setSprintStatus(ids.id, body, expected),
  }),
  route({
    method: 'get',
    path: '/sprints/{id}/burndown',
    operationId: 'readBurndown',
    tag: 'Sprints',
    summary: 'Read the totals of a sprint for each day since its start.',
    description:
      'The totals of a day are recorded every ten minutes while the sprint is active, and when it is closed. They are kept when the events are pruned. Days are in UTC.',
    ids: {id: 'sprint-not-found'},
    success: 200,
    response: burndownSchema,
    read: ({caller, ids}, {db}) => readBurndown(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'get',
    path: '/projects/{id}/velocity',
    operationId: 'readVelocity',
    tag: 'Sprints',
    summary: 'Read what the last 50 closed sprints of a project contained and completed.',
    ids: {id: 'project-not-found'},
    success: 200,
    response: velocitySchema,
    read: ({caller, ids}, {db}) => readVelocity(db, caller.organization_id, ids.id),
  }),
  route({
    method: 'delete',
    path: '/sprints/{id}',
    operationId: 'deleteSprint',
    tag: 'Sprints',
    summary: 'Delete a sprint.',
    description: 'Its stories stay in the project. Only admins can delete a sprint.',
    role: 'admin',
    ids: {id: 'sprint-not-found'},
    conditional: true,
    success: 204,
    change: ({ids, expected}) => deleteSprint(ids.id, expected),
  }),
  route({
    method: 'get',
    path: '/sprints/{id}/board',
    operationId: 'readBoard',
    tag: 'Sprints',
    summary:
      'Read a consistent snapshot of the sprint’s board, and the cursor from which a stream continues.',
    description:
      'The board contains no descriptions, and no checklists or links of tasks. With `If-None-Match`, a board that has not changed costs the server little. The `Event-Id` of a 304 is newer than or equal to the cursor of your board, and a stream can start from either of the two.',
    ids: {id: 'sprint-not-found'},
    success: 200,
    response: boardResponseSchema,
    // The board is the same for every member of the organization, so several requests can share one read.
    read({caller: {organization_id}, ids}, {db, boards}) {
      return boards.read(`${organization_id} ${ids.id}`, async () => {
        const {result: board, cursor} = await readBoard(db, organization_id, ids.id)
        const digest = await digestInTurns(board)
        return {result: await encodeInPieces({...board, cursor: formatCursor(cursor), digest}), cursor}
      })
    },
    readChange({caller: {organization_id}, ids}, {db, boardChanges}) {
      return boardChanges.read(`${organization_id} ${ids.id}`, () =>
        readBoardChange(db, organization_id, ids.id),
      )
    },
  }),
]
